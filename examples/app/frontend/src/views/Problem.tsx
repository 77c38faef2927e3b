/** What went wrong, said once to a screen reader, with a way to try again. */
export function Problem({ error, again }: { error: Error | null; again?: () => void }) {
  if (error === null) return null;
  return (
    <p className="problem" role="alert">
      {error.message}
      {again && (
        <button type="button" className="quiet" onClick={again}>
          Try again
        </button>
      )}
    </p>
  );
}
