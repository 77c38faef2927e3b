import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// In development the API answers on 8000, below the same origin as everywhere else.
export default defineConfig({
  plugins: [react()],
  server: { proxy: { '/api': 'http://127.0.0.1:8000' } },
});
