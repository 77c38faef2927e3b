import {
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
  type QueryClient,
} from '@tanstack/react-query';
import { Refused, request } from './request';
import type {
  EventPage,
  Me,
  Project,
  SignInOptions,
  State,
  StoredFile,
  Summary,
  Task,
} from './types';

export const keys = {
  me: ['me'] as const,
  projects: ['projects'] as const,
  tasks: (project: string) => ['tasks', project] as const,
  files: (project: string) => ['files', project] as const,
  events: ['events'] as const,
  summary: ['summary'] as const,
};

/** Who is signed in; null for nobody. */
export function useMe() {
  return useQuery({
    queryKey: keys.me,
    queryFn: async (): Promise<Me | null> => {
      try {
        return await request<Me>('GET', '/session');
      } catch (error) {
        if (error instanceof Refused && error.status === 401) return null;
        throw error;
      }
    },
  });
}

export function useSignInOptions() {
  return useQuery({
    queryKey: ['sign-in'],
    queryFn: () => request<SignInOptions>('GET', '/sign-in'),
    staleTime: Infinity,
  });
}

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (who: { name: string; organization: string }) => {
      const { token } = await request<{ token: string }>('POST', '/development/token', who);
      return request<Me>('POST', '/session', { token });
    },
    onSuccess: (me) => becomes(client, me),
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request<void>('DELETE', '/session'),
    onSuccess: () => becomes(client, null),
  });
}

export function useProjects() {
  return useQuery({
    queryKey: keys.projects,
    queryFn: () => request<Project[]>('GET', '/projects'),
  });
}

export function useSummary() {
  return useQuery({
    queryKey: keys.summary,
    queryFn: () => request<Summary>('GET', '/summary'),
  });
}

export function useTasks(project: string) {
  return useQuery({
    queryKey: keys.tasks(project),
    queryFn: () => request<Task[]>('GET', `/projects/${project}/tasks`),
  });
}

export function useFiles(project: string) {
  return useQuery({
    queryKey: keys.files(project),
    queryFn: () => request<StoredFile[]>('GET', `/projects/${project}/files`),
  });
}

export function useEvents() {
  return useInfiniteQuery({
    queryKey: keys.events,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) =>
      request<EventPage>('GET', pageParam === null ? '/events' : `/events?before=${pageParam}`),
    getNextPageParam: (page) => page.next,
  });
}

export function useAddProject() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => request<Project>('POST', '/projects', { name }),
    onSuccess: (made) => {
      client.setQueryData<Project[]>(keys.projects, (known) => [...(known ?? []), made]);
      // A list that was asked for before would take the new one away again when it arrives.
      void client.invalidateQueries({ queryKey: keys.projects });
      return happened(client);
    },
  });
}

export function useAddTask(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (title: string) => request<Task>('POST', `/projects/${project}/tasks`, { title }),
    onSuccess: (made) => {
      client.setQueryData<Task[]>(keys.tasks(project), (known) => [...(known ?? []), made]);
      void client.invalidateQueries({ queryKey: keys.tasks(project) });
      return happened(client);
    },
  });
}

/** Move a task at once, and back when the server refuses. */
export function useMoveTask(project: string) {
  const client = useQueryClient();
  const key = keys.tasks(project);
  return useMutation({
    // One after another: two moves of a task at once could arrive in the wrong order.
    scope: { id: project },
    mutationFn: ({ id, state }: { id: string; state: State }) =>
      request<Task>('PATCH', `/tasks/${id}`, { state }),
    onMutate: async ({ id, state }) => {
      await client.cancelQueries({ queryKey: key });
      const before = client.getQueryData<Task[]>(key);
      client.setQueryData<Task[]>(key, (known) => moved(known ?? [], id, state));
      return { before };
    },
    onError: (_error, _task, context) => client.setQueryData(key, context?.before),
    onSuccess: () => happened(client),
  });
}

export function useAddFile(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (file: File) =>
      request<StoredFile>(
        'POST',
        `/projects/${project}/files?name=${encodeURIComponent(file.name)}`,
        file,
      ),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.files(project) });
      await happened(client);
    },
  });
}

/** Return the tasks with one of them in another state. */
export function moved(tasks: Task[], id: string, state: State): Task[] {
  return tasks.map((task) => (task.id === id ? { ...task, state } : task));
}

/** Somebody else looks at the page: forget what the one before was shown. */
function becomes(client: QueryClient, me: Me | null): void {
  // Not clear(): whoever waits for `me` would wait for a query that is gone.
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== keys.me[0] });
  client.setQueryData(keys.me, me);
}

async function happened(client: QueryClient): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: keys.events }),
    client.invalidateQueries({ queryKey: keys.summary }),
  ]);
}
