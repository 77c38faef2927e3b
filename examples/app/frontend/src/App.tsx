import { useMe } from './api/queries';
import { Problem } from './views/Problem';
import { SignIn } from './views/SignIn';
import { Workplace } from './views/Workplace';

export function App() {
  const me = useMe();
  if (me.isPending) return <p className="waiting" role="status">Loading…</p>;
  if (me.isError) return <Problem error={me.error} again={() => void me.refetch()} />;
  return me.data === null ? <SignIn /> : <Workplace me={me.data} />;
}
