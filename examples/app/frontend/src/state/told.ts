import type { ProjectEvent } from '../api/types';

const VERBS: Record<string, string> = {
  'project.created': 'created the project',
  'project.changed': 'changed the project',
  'project.deleted': 'deleted the project',
  'task.created': 'added the task',
  'task.open': 'reopened the task',
  'task.doing': 'started the task',
  'task.done': 'finished the task',
  'task.deleted': 'deleted the task',
  'file.stored': 'stored the file',
  'file.deleted': 'deleted the file',
};

/** Return what somebody did, as the middle of a sentence. */
export function verb(event: ProjectEvent): string {
  return VERBS[event.kind] ?? event.kind;
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];
const FORMAT = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** Return how long ago a moment is, in words. */
export function ago(moment: string, now: number): string {
  const seconds = Math.max(0, (now - Date.parse(moment)) / 1000);
  for (const [unit, length] of UNITS) {
    if (seconds >= length) return FORMAT.format(-Math.floor(seconds / length), unit);
  }
  return 'just now';
}

/** Return a size as people read it. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
