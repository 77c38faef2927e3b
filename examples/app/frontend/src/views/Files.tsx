import { useAddFile, useFiles } from '../api/queries';
import { size } from '../state/told';
import { Problem } from './Problem';

/** The files of a project. */
export function Files({ project }: { project: string }) {
  const files = useFiles(project);
  const add = useAddFile(project);
  return (
    <section className="files" aria-label="Files">
      <h3>Files</h3>
      <ul>
        {files.data?.map((file) => (
          <li key={file.id}>
            <a href={`/api/files/${file.id}/content`}>{file.name}</a>
            <span className="hint">{size(file.size_bytes)}</span>
          </li>
        ))}
      </ul>
      <label className="button quiet">
        Add a file
        <input type="file" className="unseen" disabled={add.isPending}
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) add.mutate(file);
            event.target.value = '';
          }} />
      </label>
      <Problem error={files.error ?? add.error} />
    </section>
  );
}
