import { describe, expect, it } from 'vitest';
import { refusal } from './api/request';
import { moved } from './api/queries';
import type { Task } from './api/types';
import { ago, size, verb } from './state/told';
import { useView } from './state/view';
import { matching } from './views/Board';

const task = (id: string, title: string): Task => ({
  id,
  project_id: '1',
  title,
  state: 'open',
  created_at: '2026-01-01T00:00:00Z',
});

describe('words', () => {
  it('tell how long ago something was', () => {
    const now = Date.parse('2026-01-02T00:00:00Z');
    expect(ago('2026-01-01T00:00:00Z', now)).toBe('yesterday');
    expect(ago('2026-01-01T22:30:00Z', now)).toBe('1 hour ago');
    expect(ago('2026-01-01T23:59:30Z', now)).toBe('just now');
    expect(ago('2026-01-02T00:00:09Z', now)).toBe('just now');
  });

  it('tell sizes, and kinds that are not known yet', () => {
    expect([size(5), size(2048), size(3 * 1024 * 1024)]).toEqual(['5 B', '2.0 KB', '3.0 MB']);
    const event = { id: '1', project_id: '1', actor: 'Ada', subject: 'x', created_at: '' };
    expect(verb({ ...event, kind: 'task.done' })).toBe('finished the task');
    expect(verb({ ...event, kind: 'task.lost' })).toBe('task.lost');
  });
});

describe('tasks', () => {
  it('move without changing the others', () => {
    const before = [task('9007199254740993', 'a'), task('9007199254740992', 'b')];
    const after = moved(before, '9007199254740993', 'done');
    expect(after.map((one) => one.state)).toEqual(['done', 'open']);
    expect(before[0]?.state).toBe('open');
  });

  it('are found by a part of their title', () => {
    const all = [task('1', 'Cut gears'), task('2', 'Polish')];
    expect(matching(all, ' GEAR ').map((one) => one.id)).toEqual(['1']);
    expect(matching(all, '')).toBe(all);
  });
});

describe('refusals', () => {
  it('say when to come again', async () => {
    const answer = new Response('{}', { status: 429, headers: { 'Retry-After': '17' } });
    const refused = await refusal(answer);
    expect([refused.message, refused.retryAfterSeconds]).toEqual([
      'Too fast. Try again in 17 seconds.',
      17,
    ]);
  });

  it('show no page of a proxy', async () => {
    const refused = await refusal(new Response('<h1>Bad gateway</h1>', { status: 502 }));
    expect(refused.message).toBe('The server answered 502. Try again in a moment.');
  });
});

describe('the view', () => {
  it('forgets the filter with the project', () => {
    useView.getState().search('gears');
    useView.getState().open('2');
    expect(useView.getState()).toMatchObject({ project: '2', filter: '', page: 'board' });
  });
});
