import { useId, useState, type FormEvent } from 'react';

interface Properties {
  label: string;
  action: string;
  busy: boolean;
  add: (text: string) => void;
}

/** One line and a button. */
export function AddForm({ label, action, busy, add }: Properties) {
  const id = useId();
  const [text, setText] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() === '') return;
    add(text.trim());
    setText('');
  };
  return (
    <form className="add" onSubmit={submit}>
      <label htmlFor={id} className="unseen">
        {label}
      </label>
      <input
        id={id}
        value={text}
        maxLength={200}
        placeholder={label}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" disabled={busy || text.trim() === ''}>
        {action}
      </button>
    </form>
  );
}
