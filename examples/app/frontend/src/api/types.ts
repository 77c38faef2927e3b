// What the API answers. Ids are texts: they have 63 bits, and numbers here have 53.

export type State = 'open' | 'doing' | 'done';

export interface Me {
  account_id: string;
  name: string;
  organization: string;
}

export interface SignInOptions {
  issuer: string;
  development: boolean;
}

export interface Project {
  id: string;
  name: string;
  description: string;
  created_at: string;
}

export interface Task {
  id: string;
  project_id: string;
  title: string;
  state: State;
  created_at: string;
}

export interface StoredFile {
  id: string;
  name: string;
  size_bytes: number;
  created_at: string;
}

export interface ProjectEvent {
  id: string;
  project_id: string;
  actor: string;
  kind: string;
  subject: string;
  created_at: string;
}

export interface EventPage {
  events: ProjectEvent[];
  next: string | null;
}

export interface Summary {
  projects: number;
  files: number;
  events: number;
  tasks: Partial<Record<State, number>>;
}
