import { useAddTask, useMoveTask, useTasks } from '../api/queries';
import type { Project, State, Task } from '../api/types';
import { useView } from '../state/view';
import { AddForm } from './AddForm';
import { Files } from './Files';
import { Problem } from './Problem';

const COLUMNS: [State, string][] = [
  ['open', 'To do'],
  ['doing', 'In progress'],
  ['done', 'Done'],
];
const NEXT: Record<State, [State, string][]> = {
  open: [['doing', 'Start']],
  doing: [
    ['open', 'Back'],
    ['done', 'Finish'],
  ],
  done: [['open', 'Reopen']],
};

/** The tasks of a project in three columns, and its files. */
export function Board({ project }: { project: Project }) {
  const tasks = useTasks(project.id);
  const add = useAddTask(project.id);
  const move = useMoveTask(project.id);
  const { filter, search } = useView();
  const shown = matching(tasks.data ?? [], filter);
  return (
    <>
      <div className="title">
        <div>
          <h2>{project.name}</h2>
          {project.description && <p className="lead">{project.description}</p>}
        </div>
        <label className="search">
          <span className="unseen">Find a task</span>
          <input type="search" placeholder="Find a task" value={filter}
            onChange={(event) => search(event.target.value)} />
        </label>
      </div>
      <AddForm label="New task" action="Add task" busy={add.isPending} add={add.mutate} />
      <Problem error={tasks.error ?? add.error ?? move.error} />
      <div className="board" aria-busy={tasks.isPending}>
        {COLUMNS.map(([state, title]) => (
          <Column key={state} title={title} state={state}
            tasks={shown.filter((task) => task.state === state)}
            move={(id, to) => move.mutate({ id, state: to })} />
        ))}
      </div>
      <Files project={project.id} />
    </>
  );
}

interface ColumnProperties {
  title: string;
  state: State;
  tasks: Task[];
  move: (id: string, to: State) => void;
}

function Column({ title, state, tasks, move }: ColumnProperties) {
  return (
    <section className={`column ${state}`} aria-label={title}>
      <h3>
        {title} <span className="count">{tasks.length}</span>
      </h3>
      <ul>
        {tasks.map((task) => (
          <li key={task.id} className="card">
            <p>{task.title}</p>
            <div className="moves">
              {NEXT[state].map(([to, label]) => (
                <button key={to} type="button" className="quiet" onClick={() => move(task.id, to)}>
                  {label}
                  <span className="unseen"> {task.title}</span>
                </button>
              ))}
            </div>
          </li>
        ))}
      </ul>
      {tasks.length === 0 && <p className="empty">Nothing here.</p>}
    </section>
  );
}

/** Return the tasks whose title holds a text, whatever its case. */
export function matching(tasks: Task[], filter: string): Task[] {
  const wanted = filter.trim().toLowerCase();
  return wanted === '' ? tasks : tasks.filter((one) => one.title.toLowerCase().includes(wanted));
}
