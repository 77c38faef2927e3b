import { QueryClient } from '@tanstack/react-query';
import { Refused } from './request';

/** Server state: kept for some seconds, asked again when the window is looked at again. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        // What was refused will be refused again; only what failed is worth another try.
        retry: (count, error) => !(error instanceof Refused && error.status < 500) && count < 2,
      },
    },
  });
}
