import { useState, type FormEvent } from 'react';
import { useSignIn, useSignInOptions } from '../api/queries';
import { Problem } from './Problem';

/** Sign-in: on a laptop as anybody; elsewhere the issuer's own page brings the token. */
export function SignIn() {
  const options = useSignInOptions();
  const signIn = useSignIn();
  const [name, setName] = useState('');
  const [organization, setOrganization] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate({ name, organization });
  };
  return (
    <main className="entrance">
      <h1>
        <img src="/icon.svg" alt="" width="40" height="40" /> Projects
      </h1>
      <p className="lead">What your team works on, step by step.</p>
      <Problem error={options.error} />
      {options.data && !options.data.development && (
        <p>
          <a className="button" href={options.data.issuer}>
            Sign in
          </a>
        </p>
      )}
      {options.data?.development && (
        <form onSubmit={submit}>
          <label>
            Name
            <input required maxLength={200} autoComplete="name" value={name}
              onChange={(event) => setName(event.target.value)} />
          </label>
          <label>
            Organisation
            <input required maxLength={200} autoComplete="organization" value={organization}
              onChange={(event) => setOrganization(event.target.value)} />
          </label>
          <button type="submit" disabled={signIn.isPending}>
            Sign in
          </button>
          <p className="hint">This is a development server: everybody may be anybody.</p>
        </form>
      )}
      <Problem error={signIn.error} />
    </main>
  );
}
