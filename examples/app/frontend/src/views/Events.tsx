import { useEvents } from '../api/queries';
import { ago, verb } from '../state/told';
import { Problem } from './Problem';

/** Everything that happened in the organisation, the newest first. */
export function Events() {
  const events = useEvents();
  const now = Date.now();
  const all = events.data?.pages.flatMap((page) => page.events) ?? [];
  return (
    <>
      <div className="title">
        <h2>What happened</h2>
      </div>
      <Problem error={events.error} again={() => void events.refetch()} />
      <ol className="events">
        {all.map((event) => (
          <li key={event.id}>
            <span className="mark" aria-hidden="true">
              {event.actor.slice(0, 1).toUpperCase()}
            </span>
            <p>
              <strong>{event.actor}</strong> {verb(event)} <em>{event.subject}</em>
            </p>
            <time dateTime={event.created_at}>{ago(event.created_at, now)}</time>
          </li>
        ))}
      </ol>
      {events.isSuccess && all.length === 0 && <p className="empty">Nothing yet.</p>}
      {events.hasNextPage && (
        <button type="button" className="quiet" disabled={events.isFetchingNextPage}
          onClick={() => void events.fetchNextPage()}>
          Show older
        </button>
      )}
    </>
  );
}
