import { useAddProject, useProjects, useSignOut, useSummary } from '../api/queries';
import type { Me } from '../api/types';
import { useView, type Page } from '../state/view';
import { AddForm } from './AddForm';
import { Board } from './Board';
import { Events } from './Events';
import { Problem } from './Problem';

const PAGES: [Page, string][] = [
  ['board', 'Board'],
  ['events', 'Events'],
];

/** The page of somebody who is signed in. */
export function Workplace({ me }: { me: Me }) {
  const { page, show } = useView();
  const signOut = useSignOut();
  return (
    <>
      <a className="skip" href="#content">
        Skip to content
      </a>
      <header className="bar">
        <h1>
          <img src="/icon.svg" alt="" width="24" height="24" /> Projects
        </h1>
        <nav aria-label="Pages">
          {PAGES.map(([one, title]) => (
            <button key={one} type="button" className="tab"
              aria-current={page === one ? 'page' : undefined} onClick={() => show(one)}>
              {title}
            </button>
          ))}
        </nav>
        <p className="who">
          <strong>{me.name}</strong>
          <span>{me.organization}</span>
        </p>
        <button type="button" className="quiet" onClick={() => signOut.mutate()}>
          Sign out
        </button>
      </header>
      <div className="frame">
        <Sidebar />
        <main id="content" tabIndex={-1}>
          {page === 'board' ? <ChosenBoard /> : <Events />}
        </main>
      </div>
    </>
  );
}

function Sidebar() {
  const projects = useProjects();
  const summary = useSummary();
  const add = useAddProject();
  const chosen = useChosen();
  const open = useView((view) => view.open);
  const done = summary.data?.tasks.done ?? 0;
  const rest = (summary.data?.tasks.open ?? 0) + (summary.data?.tasks.doing ?? 0);
  return (
    <aside>
      <h2>Your projects</h2>
      <ul className="projects">
        {projects.data?.map((project) => (
          <li key={project.id}>
            <button type="button" aria-pressed={project.id === chosen?.id}
              onClick={() => open(project.id)}>
              {project.name}
            </button>
          </li>
        ))}
      </ul>
      <AddForm label="New project" action="Add" busy={add.isPending} add={add.mutate} />
      <Problem error={projects.error ?? add.error} />
      {summary.data && (
        <p className="hint">
          {rest} to do, {done} done
        </p>
      )}
    </aside>
  );
}

function useChosen() {
  const projects = useProjects();
  const wanted = useView((view) => view.project);
  return projects.data?.find((one) => one.id === wanted) ?? projects.data?.[0];
}

function ChosenBoard() {
  const projects = useProjects();
  const project = useChosen();
  if (projects.isPending) return <p role="status">Loading…</p>;
  if (project === undefined) return <p className="empty">Add a project to begin with.</p>;
  return <Board key={project.id} project={project} />;
}
