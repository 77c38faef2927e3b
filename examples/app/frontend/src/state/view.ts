import { create } from 'zustand';

export type Page = 'board' | 'events';

/** Client state: what one looks at. What the server knows is in the queries. */
interface View {
  page: Page;
  project: string | null;
  filter: string;
  open: (project: string) => void;
  show: (page: Page) => void;
  search: (filter: string) => void;
}

export const useView = create<View>()((set) => ({
  page: 'board',
  project: null,
  filter: '',
  open: (project) => set({ project, page: 'board', filter: '' }),
  show: (page) => set({ page }),
  search: (filter) => set({ filter }),
}));
