"""The fourth set of public repositories, in short: those with services in Node or Bun."""

# ruff: noqa: E501  (lines of other people's files)
from __future__ import annotations

from tests.unit.discovery.held_out import PAGES, Repository

_VITE = '{"name": "web", "private": true, "version": "0.0.0", "type": "module", "scripts": {"dev": "vite --host", "build": "vite build", "lint": "eslint .", "preview": "vite preview --host"}, "dependencies": {"react": "^19.2.0", "react-dom": "^19.2.0", "sass": "^1.97.3"}, "devDependencies": {"@vitejs/plugin-react": "^5.1.1", "eslint": "^9.39.1", "vite": "^7.2.4"}}\n'
_CRA = '{"name": "client", "version": "0.1.0", "private": true, "dependencies": {"react": "^16.12.0", "react-dom": "^16.12.0", "react-scripts": "3.4.0", "socket.io-client": "^2.3.0"}, "proxy": "http://localhost:3000", "scripts": {"start": "react-scripts start", "build": "react-scripts build", "eject": "react-scripts eject", "gen": "plop"}, "devDependencies": {"plop": "^2.5.4"}}\n'

POLICIES = Repository(
    "policies: npm workspaces, Express that serves its Vite pages, a worker over PostgreSQL",
    {
        "package.json": '{"name": "policy-assignment-system", "version": "1.0.0", "private": true, "workspaces": ["packages/*", "apps/*", "tests"], "scripts": {"dev:api": "npm run dev --workspace=apps/web", "dev:worker": "npm run dev --workspace=apps/worker", "db:push": "npm run db:push --workspace=packages/db", "db:seed": "npm run db:seed --workspace=packages/db", "test": "vitest run", "typecheck": "tsc --build"}, "devDependencies": {"typescript": "^5.5.0", "vitest": "^2.0.0", "tsx": "^4.16.0"}}\n',
        "package-lock.json": "{}",
        "docker-compose.yml": 'services:\n  postgres:\n    image: postgres:16-alpine\n    container_name: warp-postgres\n    environment:\n      POSTGRES_DB: warp_dev\n      POSTGRES_USER: warp\n      POSTGRES_PASSWORD: warp_local\n    ports:\n      - "5433:5432"\n    volumes:\n      - pgdata:/var/lib/postgresql/data\n\nvolumes:\n  pgdata:\n',
        "apps/web/package.json": '{"name": "@warp/web", "version": "1.0.0", "private": true, "type": "module", "scripts": {"dev": "concurrently -k \\"npm run dev:api\\" \\"npm run dev:ui\\"", "dev:api": "tsx watch src/server.ts", "dev:ui": "vite", "build": "vite build", "start": "tsx src/server.ts", "typecheck": "tsc --noEmit"}, "dependencies": {"@warp/audit": "*", "@warp/db": "*", "@warp/domain": "*", "@xyflow/react": "^12.11.5", "express": "^4.21.0", "react": "^19.2.8", "react-dom": "^19.2.8"}, "devDependencies": {"@types/express": "^4.17.21", "@vitejs/plugin-react": "^4.7.0", "concurrently": "^9.2.4", "tsx": "^4.16.0", "typescript": "^5.5.0", "vite": "^5.4.21"}}\n',
        "apps/web/index.html": "<html></html>",
        "apps/web/vite.config.ts": "export default {}\n",
        "apps/web/src/server.ts": "import { createApp } from './app'\n\nconst port = process.env.PORT || 3001\ncreateApp().listen(port)\n",
        "apps/web/src/app.ts": "import express from 'express'\n\nexport function createApp() { return express() }\n",
        "apps/web/src/client/App.tsx": "export default () => null\n",
        "apps/worker/package.json": '{"name": "@warp/worker", "version": "1.0.0", "private": true, "type": "module", "scripts": {"dev": "tsx watch src/index.ts", "start": "tsx src/index.ts"}, "dependencies": {"@warp/db": "*", "@warp/domain": "*", "@warp/reconciler": "*"}, "devDependencies": {"typescript": "^5.5.0", "tsx": "^4.16.0"}}\n',
        "apps/worker/src/index.ts": "import { processOutbox } from '@warp/reconciler'\n\nsetInterval(() => processOutbox(), 1000)\n",
        "packages/db/package.json": '{"name": "@warp/db", "version": "1.0.0", "private": true, "type": "module", "exports": {".": "./src/index.ts"}, "scripts": {"db:push": "drizzle-kit push --force", "db:seed": "tsx src/seed.ts", "db:reset": "tsx src/reset.ts", "db:studio": "drizzle-kit studio"}, "dependencies": {"drizzle-orm": "^0.33.0", "postgres": "^3.4.4", "@warp/domain": "*"}, "devDependencies": {"drizzle-kit": "^0.24.0", "tsx": "^4.16.0"}}\n',
        "packages/db/src/index.ts": "export {}\n",
        "packages/domain/package.json": '{"name": "@warp/domain", "version": "1.0.0", "private": true, "type": "module", "exports": {".": "./src/index.ts"}}\n',
        "packages/reconciler/package.json": '{"name": "@warp/reconciler", "version": "1.0.0", "private": true, "type": "module", "exports": {".": "./src/index.ts"}, "dependencies": {"@warp/db": "*"}}\n',
        "packages/audit/package.json": '{"name": "@warp/audit", "version": "1.0.0", "private": true, "type": "module", "exports": {".": "./src/index.ts"}}\n',
        "tests/package.json": '{"name": "@warp/tests", "private": true, "devDependencies": {"vitest": "^2.0.0"}}\n',
        "tests/integration/api.test.ts": "import { test } from 'vitest'\n",
        "README.md": "# Warp\n\nThe SPA is served statically by Express in production and via Vite dev proxy in development.\n",
    },
    (
        "web \\(.*(?:npm(?: run)? start|tsx src/server\\.ts)",
        "worker \\(.*(?:npm(?: run)? start|tsx src/index\\.ts)",
    ),
    ("postgres",),
)

BATTLESHIP = Repository(
    "battleship: Express by PM2 in server/, create-react-app in client/, Travis deploys",
    {
        "package.json": '{"dependencies": {"elo-rank": "^1.0.4"}}\n',
        ".travis.yml": "language: node_js\ndeploy:\n  provider: script\n  script: bash deploy.sh\n",
        "deploy.sh": '#!/bin/bash\nset -xe\n\ncd client\nyarn\nCI=false yarn build\nrsync -rq --delete --rsync-path="mkdir -p battleship-client && rsync" \\\n$TRAVIS_BUILD_DIR/client/build/ travis@192.0.2.1:battleship-client\nnpm install -g pm2\ncd ../server\npm2 deploy ecosystem.config.js production --force\n',
        "client/package.json": _CRA,
        "client/yarn.lock": "",
        "client/plopfile.js": "module.exports = plop => {}\n",
        "client/public/index.html": "<html></html>",
        "client/src/index.js": "import React from 'react'\n",
        "server/package.json": '{"name": "server", "version": "1.0.0", "main": "index.js", "license": "MIT", "scripts": {"start": "nodemon"}, "dependencies": {"bcrypt": "^3.0.8", "dotenv": "^8.2.0", "express": "^4.17.1", "jsonwebtoken": "^8.5.1", "mongoose": "^5.9.2", "socket.io": "^2.3.0", "uuidv4": "^6.0.2"}, "devDependencies": {"nodemon": "^2.0.2"}}\n',
        "server/yarn.lock": "",
        "server/ecosystem.config.js": "module.exports = {\n  apps: [\n    {\n      name: 'battleship-server',\n      script: 'index.js',\n      instances: 1,\n      autorestart: true,\n      watch: false,\n      max_memory_restart: '1G',\n      env: {\n        NODE_ENV: 'development',\n      },\n      env_production: {\n        NODE_ENV: 'production',\n        PORT: 3344,\n      },\n    },\n  ],\n\n  deploy: {\n    production: {\n      user: 'hosting',\n      host: '192.0.2.1',\n      ref: 'origin/master',\n      repo: 'git@github.com:x/battleship.git',\n      path: '/home/hosting/battleship-server',\n      'post-deploy':\n        'cd server && yarn && pm2 reload ecosystem.config.js --env production',\n    },\n  },\n}\n",
        "server/index.js": "const express = require('express')\nconst app = express()\nconst http = require('http').createServer(app)\nconst io = require('socket.io')(http)\n\nhttp.listen(process.env.PORT || 3000)\n",
        "server/db.js": "const config = require('./config')\nconst mongoose = require('mongoose')\n\nmongoose.connect(config.db.url, { family: 4 })\nmodule.exports = mongoose\n",
        "server/config.js": "require('dotenv').config()\n\nconst db = {\n  url: process.env.DB_URL,\n}\n\nmodule.exports = { db }\n",
        "server/.env.example": "APP_URL=\nDB_URL=\nJWT_SECRET=\nSMTP_HOST=\n",
        "server/routes/auth.js": "const router = require('express').Router()\nmodule.exports = router\n",
        "README.MD": "# Battleship\n",
    },
    ("pm2(?:-runtime)?|node (?:server/)?index\\.js", PAGES),
    ("mongodb",),
)

PULSE = Repository(
    "pulse: Turborepo of Nest and Next, compose and Dockerfiles for developers",
    {
        "package.json": '{"name": "pulse-monitor", "version": "1.0.0", "private": true, "workspaces": ["apps/*", "packages/*"], "scripts": {"dev": "turbo run dev", "build": "turbo run build", "lint": "turbo run lint"}, "devDependencies": {"turbo": "^1.10.0"}}\n',
        "package-lock.json": "{}",
        "turbo.json": '{"pipeline": {"build": {"dependsOn": ["^build"]}, "dev": {"cache": false}}}\n',
        "generate_diagrams.py": "from diagrams import Diagram\n\nwith Diagram('x', show=False):\n    pass\n",
        "docker-compose.yml": "services:\n  postgres:\n    image: postgres:15-alpine\n    environment:\n      POSTGRES_USER: ${POSTGRES_USER:-pulse}\n      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-pulse123}\n    ports: ['5432:5432']\n    volumes: ['postgres_data:/var/lib/postgresql/data']\n  redis:\n    image: redis:7-alpine\n    ports: ['6379:6379']\n  api:\n    build:\n      context: .\n      dockerfile: ./apps/api/Dockerfile\n    environment:\n      DATABASE_URL: postgresql://${POSTGRES_USER:-pulse}:${POSTGRES_PASSWORD:-pulse123}@postgres:5432/${POSTGRES_DB:-pulse_monitor}\n      JWT_SECRET: ${JWT_SECRET:-change-me-in-production-secret-key-12345}\n      PORT: 4000\n      REDIS_URL: redis://redis:6379\n    ports: ['4000:4000']\n    depends_on:\n      postgres: {condition: service_healthy}\n      redis: {condition: service_healthy}\n    volumes: ['./apps/api:/app/apps/api', './packages/shared:/app/packages/shared', /app/node_modules]\n    command: sh -c \"npx prisma generate && npx prisma migrate deploy && npm run dev\"\n  web:\n    build:\n      context: .\n      dockerfile: ./apps/web/Dockerfile\n    environment:\n      NEXT_PUBLIC_API_URL: http://api:4000\n    ports: ['3000:3000']\n    depends_on: [api]\n    volumes: ['./apps/web:/app/apps/web', /app/node_modules, /app/apps/web/.next]\n    command: npm run dev\nvolumes: {postgres_data: }\n",
        "apps/api/Dockerfile": 'FROM node:20-alpine\nRUN apk add --no-cache openssl libc6-compat\nWORKDIR /app\nCOPY package.json package-lock.json ./\nCOPY packages/shared/package.json ./packages/shared/\nCOPY apps/api/package.json ./apps/api/\nCOPY apps/web/package.json ./apps/web/\nRUN npm install\nCOPY packages/shared ./packages/shared\nCOPY apps/api ./apps/api\nWORKDIR /app/apps/api\nRUN npx prisma generate\nEXPOSE 4000\nCMD ["npm", "run", "dev"]\n\n# For production, use:\n# CMD ["npm", "run", "start:prod"]\n',
        "apps/api/package.json": '{"name": "@pulse-monitor/api", "version": "1.0.0", "scripts": {"build": "nest build", "start": "node dist/main.js", "dev": "ts-node-dev --respawn --transpile-only src/main.ts", "start:debug": "nest start --debug --watch", "start:prod": "node dist/main", "test": "jest", "prisma:generate": "prisma generate", "prisma:migrate": "prisma migrate dev", "prisma:seed": "ts-node prisma/seed.ts"}, "dependencies": {"@nestjs/common": "^10.2.10", "@nestjs/core": "^10.2.10", "@nestjs/platform-express": "^10.2.10", "@nestjs/schedule": "^4.0.0", "@prisma/client": "^5.7.0", "@pulse-monitor/shared": "*", "socket.io": "^4.6.0"}, "devDependencies": {"@nestjs/cli": "^10.2.1", "prisma": "^5.7.0", "ts-node-dev": "^2.0.0", "typescript": "^5.3.0"}}\n',
        "apps/api/nest-cli.json": '{"sourceRoot": "src"}\n',
        "apps/api/.env.example": "DATABASE_URL=\nJWT_SECRET=\nREDIS_URL=redis://localhost:6379\n",
        "apps/api/prisma/schema.prisma": 'generator client {\n  provider = "prisma-client-js"\n}\n\ndatasource db {\n  provider = "postgresql"\n  url      = env("DATABASE_URL")\n}\n',
        "apps/api/src/main.ts": "import { NestFactory } from '@nestjs/core'\n\nasync function bootstrap() { }\nbootstrap()\n",
        "apps/web/Dockerfile": 'FROM node:20-alpine\nWORKDIR /app\nCOPY package.json package-lock.json ./\nCOPY packages/shared/package.json ./packages/shared/\nCOPY apps/web/package.json ./apps/web/\nRUN npm install\nCOPY packages/shared ./packages/shared\nCOPY apps/web ./apps/web\nWORKDIR /app/apps/web\nEXPOSE 3000\nCMD ["npm", "run", "dev"]\n',
        "apps/web/package.json": '{"name": "@pulse-monitor/web", "version": "1.0.0", "private": true, "scripts": {"dev": "next dev", "build": "next build", "start": "next start", "lint": "next lint"}, "dependencies": {"next": "14.0.4", "react": "^18.2.0", "react-dom": "^18.2.0", "@pulse-monitor/shared": "*"}, "devDependencies": {"typescript": "^5.3.0"}}\n',
        "apps/web/app/layout.tsx": "export default function Layout({ children }) { return children }\n",
        "packages/shared/package.json": '{"name": "@pulse-monitor/shared", "version": "1.0.0", "main": "./src/types.js", "dependencies": {"zod": "^3.22.4"}}\n',
        "packages/shared/src/types.ts": "export {}\n",
        "README.md": "# Pulse\n\n```bash\ndocker-compose up --build\n```\n",
    },
    (
        "api \\(.*(?:npm run (?:dev|start)|npm start|node dist/main)",
        "web \\(.*(?:npm run (?:dev|start)|npm start|next start)",
    ),
    ("postgres", "redis"),
)

STAGES = Repository(
    "stages: FastAPI, a Redis worker and Express with a page, one Dockerfile each",
    {
        "docker-compose.yml": 'services:\n  redis:\n    image: redis:7-alpine\n    networks: [stage2-network]\n    healthcheck:\n      test: ["CMD", "redis-cli", "ping"]\n    restart: unless-stopped\n    cpus: "0.50"\n    mem_limit: "128m"\n  api:\n    build: {context: ./api, dockerfile: Dockerfile}\n    environment:\n      REDIS_HOST: ${REDIS_HOST:-redis}\n      REDIS_PORT: ${REDIS_PORT:-6379}\n      QUEUE_NAME: ${QUEUE_NAME:-job}\n    depends_on:\n      redis: {condition: service_healthy}\n    networks: [stage2-network]\n    expose: ["8000"]\n    restart: unless-stopped\n    cpus: "0.50"\n    mem_limit: "256m"\n  worker:\n    build: {context: ./worker, dockerfile: Dockerfile}\n    environment:\n      REDIS_HOST: ${REDIS_HOST:-redis}\n      QUEUE_NAME: ${QUEUE_NAME:-job}\n    depends_on:\n      redis: {condition: service_healthy}\n    networks: [stage2-network]\n    restart: unless-stopped\n  frontend:\n    build: {context: ./frontend, dockerfile: Dockerfile}\n    environment:\n      API_URL: ${API_URL:-http://api:8000}\n      FRONTEND_PORT: ${FRONTEND_PORT:-3000}\n    depends_on:\n      api: {condition: service_healthy}\n    networks: [stage2-network]\n    ports: ["${FRONTEND_PORT:-3000}:3000"]\n    restart: unless-stopped\nnetworks:\n  stage2-network: {driver: bridge}\n',
        ".env.example": "REDIS_HOST=redis\nREDIS_PORT=6379\nQUEUE_NAME=job\n",
        ".github/workflows/ci.yml": "on: push\njobs:\n  test:\n    steps:\n      - run: pytest\n",
        "api/Dockerfile": 'FROM python:3.11-slim\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\nCOPY . .\nRUN useradd -m appuser && chown -R appuser:appuser /app\nUSER appuser\nEXPOSE 8000\nHEALTHCHECK --interval=30s \\\n  CMD python -c "import urllib.request; urllib.request.urlopen(\'http://127.0.0.1:8000/health\')"\nCMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]',
        "api/main.py": "from fastapi import FastAPI\nimport redis\nimport os\n\napp = FastAPI()\nr = redis.Redis(host=os.getenv('REDIS_HOST', 'redis'), port=int(os.getenv('REDIS_PORT', '6379')))\n",
        "api/requirements.txt": "fastapi\nuvicorn\nredis\n",
        "worker/Dockerfile": 'FROM python:3.11-slim\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\nCOPY . .\nUSER appuser\nHEALTHCHECK --interval=30s \\\n  CMD python -c "import os, redis; r=redis.Redis(host=os.getenv(\'REDIS_HOST\',\'redis\')); r.ping()"\nCMD ["python", "worker.py"]',
        "worker/worker.py": 'import redis\nimport time\nimport os\n\nr = redis.Redis(host=os.getenv("REDIS_HOST", "redis"))\n\nwhile True:\n    job = r.brpop("job", timeout=5)\n    if job:\n        time.sleep(2)',
        "worker/requirements.txt": "redis\n",
        "frontend/Dockerfile": 'FROM node:20-alpine\nWORKDIR /app\nCOPY package*.json ./\nRUN npm install --omit=dev\nCOPY . .\nRUN addgroup -S appgroup && adduser -S appuser -G appgroup\nUSER appuser\nEXPOSE 3000\nCMD ["node", "app.js"]',
        "frontend/package.json": '{"name": "frontend", "version": "1.0.0", "main": "app.js", "scripts": {"start": "node app.js"}, "dependencies": {"axios": "^1.6.0", "express": "^4.18.2"}}\n',
        "frontend/app.js": "const express = require('express');\nconst axios = require('axios');\nconst app = express();\n\nconst API_URL = process.env.API_URL || 'http://localhost:8000';\napp.use(express.static('views'));\napp.listen(process.env.FRONTEND_PORT || 3000);",
        "frontend/eslint.config.js": "module.exports = []\n",
        "frontend/views/index.html": "<html></html>",
        "FIXES.md": "# Fixes\n",
    },
    ("uvicorn main:app", "python worker\\.py", "node app\\.js"),
    ("redis",),
)

WEBHOOKS = Repository(
    "webhooks: a pnpm workspace, compose of production with one Dockerfile of two targets, Caddy",
    {
        "package.json": '{"name": "hikyaku", "private": true, "type": "module", "packageManager": "pnpm@11.17.0", "scripts": {"dev": "pnpm --filter @webhook/shared build && concurrently \\"pnpm --filter @webhook/api dev:serve\\" \\"pnpm --filter @webhook/worker dev:serve\\" \\"pnpm --filter @webhook/web dev:serve\\"", "build": "pnpm -r build", "test": "pnpm test:unit && pnpm test:integration", "db:generate": "drizzle-kit generate", "db:migrate": "drizzle-kit migrate", "db:seed": "pnpm --filter @webhook/api db:seed", "docker:up": "docker compose up -d", "start:api": "pnpm db:migrate && pnpm --filter @webhook/api start", "start:worker": "pnpm --filter @webhook/worker start", "start:web": "pnpm --filter @webhook/web preview --host 0.0.0.0 --port ${PORT:-4173}", "test:smoke": "playwright test"}, "devDependencies": {"@playwright/test": "^1.60.0", "concurrently": "^9.1.0", "drizzle-kit": "^0.30.1", "typescript": "^5.7.2"}}\n',
        "pnpm-workspace.yaml": "packages:\n  - apps/*\n  - packages/*\n",
        "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
        "Dockerfile": 'FROM node:22-bookworm-slim AS build\nWORKDIR /app\nRUN npm install -g pnpm@11.17.0\nCOPY . .\nRUN pnpm install --frozen-lockfile\nENV VITE_API_URL=""\nRUN pnpm build\n\nFROM build AS runtime\nENV NODE_ENV=production\nUSER node\nCMD ["node", "apps/api/dist/index.js"]\n\nFROM caddy:2-alpine AS web\nCOPY --from=build /app/apps/web/dist /srv\nCOPY deploy/Caddyfile /etc/caddy/Caddyfile\n',
        "compose.production.yml": "name: hikyaku\nx-app: &app\n  build:\n    context: .\n    target: runtime\n  environment: &app-env\n    NODE_ENV: production\n    DATABASE_URL: postgresql://webhook:${POSTGRES_PASSWORD:?Run node deploy/setup.mjs}@postgres:5432/webhooks\n    REDIS_URL: redis://redis:6379\n    SESSION_SECRET: ${SESSION_SECRET:?Run node deploy/setup.mjs}\n    WEB_APP_URL: https://${SITE_ADDRESS:-localhost}\n    TRUST_PROXY: 1\n  restart: unless-stopped\n\nservices:\n  postgres:\n    image: postgres:16\n    environment:\n      POSTGRES_USER: webhook\n      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?Run node deploy/setup.mjs}\n      POSTGRES_DB: webhooks\n    volumes:\n      - pg_data:/var/lib/postgresql/data\n    restart: unless-stopped\n  redis:\n    image: redis:7\n    command: ['redis-server', '--appendonly', 'yes']\n    volumes:\n      - redis_data:/data\n    restart: unless-stopped\n  migrate:\n    <<: *app\n    command: ['pnpm', 'db:migrate']\n    restart: 'no'\n    depends_on:\n      postgres:\n        condition: service_healthy\n  api:\n    <<: *app\n    command: ['node', 'apps/api/dist/index.js']\n    depends_on:\n      migrate:\n        condition: service_completed_successfully\n      redis:\n        condition: service_healthy\n    healthcheck:\n      test: ['CMD', 'node', '-e', \"fetch('http://localhost:3000/v1/ready').then(r=>process.exit(r.ok?0:1)).catch(()=>process.exit(1))\"]\n      interval: 10s\n  worker:\n    <<: *app\n    command: ['node', 'apps/worker/dist/index.js']\n    depends_on:\n      migrate:\n        condition: service_completed_successfully\n      redis:\n        condition: service_healthy\n  web:\n    build:\n      context: .\n      target: web\n    environment:\n      SITE_ADDRESS: ${SITE_ADDRESS:-localhost}\n    ports:\n      - '${HTTP_PORT:-80}:80'\n      - '${HTTPS_PORT:-443}:443'\n    volumes:\n      - caddy_data:/data\n      - caddy_config:/config\n    depends_on:\n      api:\n        condition: service_healthy\n    restart: unless-stopped\nvolumes:\n  pg_data:\n  redis_data:\n  caddy_data:\n  caddy_config:\n",
        "vercel.json": '{"rewrites": [{"source": "/v1/(.*)", "destination": "/api/proxy"}]}\n',
        "api/proxy.ts": "export default async function handler(request: Request) { return fetch(request) }\n",
        "deploy/Caddyfile": "{$SITE_ADDRESS} {\n  reverse_proxy /v1/* api:3000\n  root * /srv\n  file_server\n}\n",
        "drizzle.config.ts": "export default { dialect: 'postgresql', out: 'apps/api/drizzle' }\n",
        ".env.example": "DATABASE_URL=\nREDIS_URL=\nSESSION_SECRET=\n",
        "apps/api/package.json": '{"name": "@webhook/api", "version": "0.0.0", "private": true, "type": "module", "scripts": {"dev": "pnpm --filter @webhook/shared build && pnpm dev:serve", "dev:serve": "tsx watch src/index.ts", "build": "tsc --build", "start": "node dist/index.js", "db:seed": "tsx src/scripts/seed.ts"}, "dependencies": {"@webhook/shared": "workspace:*", "bullmq": "^5.34.5", "connect-pg-simple": "^10.0.0", "drizzle-orm": "^0.45.2", "express": "^4.21.2", "ioredis": "^5.4.2", "pg": "^8.13.1"}, "devDependencies": {"tsx": "^4.19.2", "typescript": "^5.7.2"}}\n',
        "apps/api/src/index.ts": "import { createServer } from './server'\n\ncreateServer().listen(3000)\n",
        "apps/api/src/scripts/migrate.ts": "import { migrate } from 'drizzle-orm/node-postgres/migrator'\n",
        "apps/worker/package.json": '{"name": "@webhook/worker", "version": "0.0.0", "private": true, "type": "module", "scripts": {"dev": "pnpm --filter @webhook/shared build && pnpm dev:serve", "dev:serve": "tsx watch src/index.ts", "build": "tsc --build", "start": "node dist/index.js"}, "dependencies": {"@webhook/shared": "workspace:*", "bullmq": "^5.34.5", "ioredis": "^5.4.2", "drizzle-orm": "^0.45.2", "pg": "^8.13.1"}, "devDependencies": {"tsx": "^4.19.2", "typescript": "^5.7.2"}}\n',
        "apps/worker/src/index.ts": "import { Worker } from 'bullmq'\n\nnew Worker('deliveries', async () => {})\n",
        "apps/web/package.json": '{"name": "@webhook/web", "private": true, "version": "0.0.0", "type": "module", "scripts": {"dev": "pnpm --filter @webhook/shared build && pnpm dev:serve", "dev:serve": "vite", "build": "tsc -b && NODE_ENV=production vite build", "preview": "vite preview"}, "dependencies": {"@webhook/shared": "workspace:*", "react": "^19.2.6", "react-dom": "^19.2.6", "react-router-dom": "^7.17.0"}, "devDependencies": {"@vitejs/plugin-react": "^6.0.1", "vite": "^8.0.12"}}\n',
        "apps/web/index.html": "<html></html>",
        "packages/shared/package.json": '{"name": "@webhook/shared", "version": "0.0.0", "private": true, "type": "module", "main": "./dist/index.js", "scripts": {"build": "tsc --build"}, "dependencies": {"drizzle-orm": "^0.45.2", "zod": "^3.24.1"}}\n',
        "README.md": "# Hikyaku\n\n```sh\nnode deploy/setup.mjs\ndocker compose -f compose.production.yml up -d --build\n```\n",
    },
    ("node apps/api/dist/index\\.js", "node apps/worker/dist/index\\.js", PAGES),
    ("postgres", "redis"),
)

TWO_BUNS = Repository(
    "two-buns: a server and a worker of Bun, each one file without a package.json",
    {
        "docker-compose.yml": 'services:\n  api:\n    build: ./api\n    ports:\n      - "3001:3000"\n    environment:\n      - PORT\n      - SERVICE_NAME\n      - SHARED_SECRET\n\n  worker:\n    build: ./worker\n    depends_on:\n      - api\n    environment:\n      - API_URL\n      - SERVICE_NAME\n',
        ".env.runtime": "PORT=3000\nSERVICE_NAME=api\n",
        "api/Dockerfile": 'FROM oven/bun:1.1.0\n\nWORKDIR /app\n\nCOPY server.ts .\n\nEXPOSE 3000\n\nCMD ["bun", "server.ts"]\n',
        "api/server.ts": 'const port = Number(process.env.PORT ?? 3000);\nconst serviceName = process.env.SERVICE_NAME ?? "api";\n\nBun.serve({\n  port,\n  fetch() {\n    return new Response(serviceName);\n  },\n});\n',
        "worker/Dockerfile": '\nFROM oven/bun:1.1.0\n\nWORKDIR /app\n\nCOPY server.ts .\n\nCMD ["bun", "server.ts"]\n',
        "worker/server.ts": '\nconst apiUrl = process.env.API_URL ?? "http://localhost:3000";\n\nsetInterval(async () => {\n  await fetch(apiUrl);\n}, 3000);\n',
    },
    ("api.*bun server\\.ts", "worker.*bun server\\.ts"),
)

PHRASES = Repository(
    "phrases: FastAPI with two stages for compose, a standalone Next, pgvector",
    {
        "docker-compose.yml": 'services:\n  db:\n    image: pgvector/pgvector:pg16\n    environment:\n      POSTGRES_USER: ${POSTGRES_USER:-todo_ia}\n      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-todo_ia}\n      POSTGRES_DB: ${POSTGRES_DB:-todo_ia}\n    volumes:\n      - pgdata:/var/lib/postgresql/data\n      - ./infra/db/init.sql:/docker-entrypoint-initdb.d/init.sql:ro\n    ports:\n      - "${DB_HOST_PORT:-5432}:5432"\n\n  migrate:\n    build:\n      context: ./services/api\n      target: migrate\n    environment:\n      DATABASE_URL: ${DATABASE_URL:-postgresql+psycopg://todo_ia:todo_ia@db:5432/todo_ia}\n    depends_on:\n      db:\n        condition: service_healthy\n    restart: "no"\n\n  api:\n    build:\n      context: ./services/api\n      target: api\n    env_file:\n      - path: .env\n        required: false\n    environment:\n      DATABASE_URL: ${DATABASE_URL:-postgresql+psycopg://todo_ia:todo_ia@db:5432/todo_ia}\n      SIMILARITY_THRESHOLD: ${SIMILARITY_THRESHOLD:-0.80}\n      EMBEDDING_MODEL: ${EMBEDDING_MODEL:-sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2}\n      CORS_ORIGINS: ${CORS_ORIGINS:-http://localhost:3000}\n    ports:\n      - "8000:8000"\n    depends_on:\n      migrate:\n        condition: service_completed_successfully\n    healthcheck:\n      test:\n        [\n          "CMD",\n          "python",\n          "-c",\n          "import urllib.request as u, sys; sys.exit(0 if u.urlopen(\'http://127.0.0.1:8000/health\').status == 200 else 1)",\n        ]\n      start_period: 30s\n      interval: 5s\n\n  web:\n    build:\n      context: ./apps/web\n      args:\n        NEXT_PUBLIC_API_URL: ${NEXT_PUBLIC_API_URL:-http://localhost:8000}\n    env_file:\n      - path: .env\n        required: false\n    environment:\n      API_INTERNAL_URL: ${API_INTERNAL_URL:-http://api:8000}\n    ports:\n      - "3000:3000"\n    depends_on:\n      api:\n        condition: service_healthy\n\nvolumes:\n  pgdata:\n',
        "Makefile": ".PHONY: up test seed\n\nup:\n\tdocker compose up -d --build\n\ntest:\n\tcd services/api && .venv/bin/python -m pytest -q\n\tcd apps/web && npm test\n\nseed:\n\tdocker compose exec api python scripts/seed_phrases.py --count $(N)\n",
        "infra/db/init.sql": "create extension if not exists vector;\n",
        "infra/scripts/smoke.sh": "#!/bin/sh\ncurl -f http://localhost:8000/health\n",
        "apps/web/Dockerfile": 'FROM node:22-alpine AS deps\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\n\nFROM node:22-alpine AS builder\nWORKDIR /app\nARG NEXT_PUBLIC_API_URL=http://localhost:8000\nENV NEXT_PUBLIC_API_URL=$NEXT_PUBLIC_API_URL \\\n    NEXT_TELEMETRY_DISABLED=1\nCOPY --from=deps /app/node_modules ./node_modules\nCOPY . .\nRUN npm run build\n\nFROM node:22-alpine AS runner\nWORKDIR /app\nENV NODE_ENV=production \\\n    PORT=3000 \\\n    HOSTNAME=0.0.0.0\nRUN addgroup --system --gid 1001 nodejs \\\n    && adduser --system --uid 1001 nextjs\nCOPY --from=builder --chown=nextjs:nodejs /app/public ./public\nCOPY --from=builder --chown=nextjs:nodejs /app/.next/standalone ./\nCOPY --from=builder --chown=nextjs:nodejs /app/.next/static ./.next/static\nUSER nextjs\nEXPOSE 3000\nCMD ["node", "server.js"]\n',
        "apps/web/package.json": '{"name": "todo-ia-web", "version": "0.1.0", "private": true, "type": "module", "scripts": {"dev": "next dev", "build": "next build", "start": "next start", "test": "vitest run", "typecheck": "tsc --noEmit"}, "dependencies": {"next": "^16.3.6", "react": "^19.3.0", "react-dom": "^19.3.0"}, "devDependencies": {"typescript": "^7.0.2", "vite": "^8.3.0", "vitest": "^5.0.1"}}\n',
        "apps/web/next.config.mjs": "export default { output: 'standalone' }\n",
        "apps/web/src/app/page.tsx": "export default function Page() { return null }\n",
        "services/api/Dockerfile": 'FROM python:3.11-slim AS base\nWORKDIR /app\nENV PYTHONUNBUFFERED=1\n\nFROM base AS migrate\nCOPY pyproject.toml ./\nCOPY src ./src\nCOPY alembic.ini ./\nCOPY migrations ./migrations\nRUN pip install .\nCMD ["alembic", "upgrade", "head"]\n\nFROM base AS api-builder\nARG EMBEDDING_MODEL=sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2\nCOPY pyproject.toml ./\nCOPY src ./src\nRUN pip install --index-url https://download.pytorch.org/whl/cpu torch==2.14.0 && \\\n    pip install .[embeddings]\n\nFROM base AS api\nENV SENTENCE_TRANSFORMERS_HOME=/opt/models\nCOPY --from=api-builder /usr/local/bin /usr/local/bin\nCOPY pyproject.toml ./\nCOPY src ./src\nRUN pip install --no-deps .\nEXPOSE 8000\nCMD ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "8000"]\n',
        "services/api/pyproject.toml": '[project]\nname = "todo-ia-api"\nversion = "0.1.0"\nrequires-python = ">=3.11"\ndependencies = [\n  "fastapi>=0.115",\n  "pydantic-settings>=2.5",\n  "sqlalchemy>=2.0",\n  "psycopg[binary]>=3.1",\n  "alembic>=1.13",\n  "uvicorn[standard]>=0.30",\n]\n\n[project.optional-dependencies]\ndev = ["pytest>=8.3", "httpx>=0.27"]\nembeddings = ["sentence-transformers==6.1.0"]\n\n[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n[tool.hatch.build.targets.wheel]\npackages = ["src/app"]\n',
        "services/api/alembic.ini": "[alembic]\nscript_location = migrations\n",
        "services/api/migrations/env.py": "from alembic import context\n",
        "services/api/scripts/seed_phrases.py": "if __name__ == '__main__':\n    print('x')\n",
        "services/api/src/app/__init__.py": "",
        "services/api/src/app/main.py": "from fastapi import FastAPI\n\n\ndef create_app() -> FastAPI:\n    return FastAPI()\n\n\napp = create_app()\n",
        "services/api/src/app/platform/db.py": "from sqlalchemy import create_engine\n",
        "services/api/tests/unit/test_decision_log.py": "def test_x(): pass\n",
        "docs/architecture.md": "# Architecture\n",
        "README.md": "# Phrases\n",
    },
    ("uvicorn app\\.main:app", "node server\\.js"),
    ("postgres",),
)

TRANSCRIBE = Repository(
    "transcribe: FastAPI in two files and three Dockerfiles, fly.toml in server/, Next in web/",
    {
        "docker-compose.yml": 'services:\n    web:\n        build:\n            context: ./web\n            dockerfile: development.Dockerfile\n        ports:\n            - "3000:3000"\n        volumes:\n            - ./web:/app\n            - /app/node_modules\n        environment:\n            - NEXT_PUBLIC_API_URL=http://localhost:8000\n        depends_on:\n            - server\n        networks:\n            - transcribe_network\n\n    server:\n        build:\n            context: ./server\n            dockerfile: development.Dockerfile\n        # This command runs migrations before starting the server\n        command: sh -c "alembic upgrade head && uvicorn main:app --host 0.0.0.0 --port 8000 --reload"\n        ports:\n            - "8000:8000"\n        volumes:\n            - ./server:/app\n        environment:\n            - DATABASE_URL=postgresql://user:password@db:5432/transcribe\n            - JWT_SECRET=supersecretkey\n            - JWT_ALGORITHM=HS256\n        depends_on:\n            db:\n                condition: service_healthy\n        networks:\n            - transcribe_network\n\n    db:\n        image: postgres:18.0-alpine3.22\n        volumes:\n            - postgres_data:/var/lib/postgresql/data\n        environment:\n            - POSTGRES_USER=user\n            - POSTGRES_PASSWORD=password\n            - POSTGRES_DB=transcribe\n        ports:\n            - "5432:5432"\n        networks:\n            - transcribe_network\n\nvolumes:\n    postgres_data:\nnetworks:\n    transcribe_network:\n        driver: bridge\n',
        "server/fly.toml": "app = 'transcriberserver'\nprimary_region = 'sin'\n\n[build]\n\n[http_service]\n  internal_port = 8000\n  force_https = true\n  auto_stop_machines = 'stop'\n  auto_start_machines = true\n  min_machines_running = 0\n  processes = ['app']\n\n[[vm]]\n  memory = '512mb'\n  cpus = 1\n",
        "server/Dockerfile": 'FROM python:3.13-slim as base\nRUN apt-get update && apt-get install -y build-essential libpq-dev\nWORKDIR /app\nFROM base as builder\nCOPY requirements.txt ./\nRUN pip install --prefix=/install -r requirements.txt\nCOPY . .\nFROM python:3.13-slim as final\nWORKDIR /app\nCOPY --from=builder /install /usr/local\nCOPY . .\nEXPOSE 8000\nCMD ["python", "main.py"]\n',
        "server/development.Dockerfile": 'FROM python:3.13-slim\nCOPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/uv\nWORKDIR /app\nCOPY pyproject.toml .\nRUN uv pip install --system -r pyproject.toml\nCOPY . .\nCMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000", "--reload"]\n',
        "server/production.Dockerfile": 'FROM python:3.12-slim as base\nCOPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/uv\nWORKDIR /app\nFROM base as builder\nCOPY pyproject.toml uv.lock ./\nRUN uv pip install --system -r pyproject.toml\nCOPY . .\nFROM base as final\nCOPY --from=builder /usr/local/bin /usr/local/bin\nCOPY . .\nEXPOSE 8000\nCMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]\n',
        "server/pyproject.toml": '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n\n[project]\nname = "server"\nversion = "0.1.0"\nrequires-python = ">=3.12"\ndependencies = [\n    "bcrypt",\n    "fastapi",\n    "faster-whisper",\n    "psycopg2-binary",\n    "pyjwt",\n    "pydantic-settings",\n    "sqlalchemy",\n    "uvicorn",\n    "websockets",\n    "email-validator",\n    "alembic"\n]\n\n[project.optional-dependencies]\ntest = ["pytest", "httpx"]\n',
        "server/requirements.txt": "bcrypt\nfastapi\nfaster-whisper\npsycopg2-binary\npyjwt\npydantic-settings\nsqlalchemy\nuvicorn\nwebsockets\nemail-validator\nalembic\n",
        "server/uv.lock": "",
        "server/app.py": 'from fastapi import FastAPI\n\nfrom lib.config import settings\nfrom routes.auth import router as auth_router\n\napp = FastAPI()\napp.include_router(auth_router, prefix="/auth", tags=["auth"])\n\n\nif __name__ == "__main__":\n    import uvicorn\n\n    uvicorn.run(app, host="0.0.0.0", port=8000)\n',
        "server/main.py": 'from fastapi import FastAPI\n\nfrom routes.auth import router as auth_router\nfrom routes.transcription import router as transcription_router\n\napp = FastAPI()\napp.include_router(auth_router, prefix="/auth", tags=["auth"])\napp.include_router(transcription_router, prefix="/ws", tags=["transcription"])\n\n\nif __name__ == "__main__":\n    import uvicorn\n\n    uvicorn.run(app, host="0.0.0.0", port=8000)\n',
        "server/lib/config.py": "from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n    DATABASE_URL: str\n    JWT_SECRET: str\n\n\nsettings = Settings()\n",
        "server/lib/transcription.py": "from faster_whisper import WhisperModel\n\n\nasync def receive(websocket):\n    while True:\n        await websocket.receive_bytes()\n",
        "server/db/db.py": "from sqlalchemy import create_engine\n\nfrom lib.config import settings\n\nengine = create_engine(settings.DATABASE_URL)\n",
        "server/routes/auth.py": "from fastapi import APIRouter\n\nrouter = APIRouter()\n",
        "server/alembic/env.py": "from alembic import context\n",
        "server/alembic.ini": "[alembic]\nscript_location = alembic\n",
        "server/tests/test_main.py": "def test_x(): pass\n",
        "web/package.json": '{"name": "my-v0-project", "version": "0.1.0", "private": true, "scripts": {"dev": "next dev", "build": "next build", "start": "next start", "lint": "eslint ."}, "dependencies": {"axios": "1.13.2", "next": "16.0.3", "react": "19.2.0", "react-dom": "19.2.0"}, "devDependencies": {"typescript": "^5"}}\n',
        "web/package-lock.json": "{}",
        "web/development.Dockerfile": 'FROM node:24-alpine AS builder\nWORKDIR /app\nCOPY package*.json .\nRUN npm install --ci\nCOPY . .\nRUN npm run build\nFROM node:24-alpine AS runner\nWORKDIR /app\nEXPOSE 3000\nCMD ["npm", "run", "dev"]\n',
        "web/production.Dockerfile": 'FROM node:24-alpine AS base\nWORKDIR /app\nFROM base AS deps\nCOPY package.json package-lock.json* ./\nRUN npm install\nFROM base AS builder\nCOPY --from=deps /app/node_modules ./node_modules\nCOPY . .\nRUN npm run build\nFROM base as final\nENV NODE_ENV=production\nCOPY --from=builder /app/.next ./.next\nCOPY --from=builder /app/package.json .\nEXPOSE 3000\nCMD ["npm", "start"]\n',
        "web/app/page.tsx": "export default function Page() { return null }\n",
        "README.md": "# Transcribe\n\n```bash\ndocker-compose up\n```\n",
    },
    (
        "uvicorn main:app|python main\\.py",
        "web \\(.*(?:npm start|next start|npm run (?:dev|start))",
    ),
    ("postgres",),
)

RECORDINGS = Repository(
    "recordings: npm workspaces of Nest and Next without a container, compose for the database",
    {
        "package.json": '{"name": "meeting-ai", "version": "0.1.0", "private": true, "workspaces": ["apps/*"], "scripts": {"dev": "concurrently -n web,api -c blue,green \\"npm run dev:web\\" \\"npm run dev:api\\"", "dev:web": "npm run dev -w apps/web", "dev:api": "npm run dev -w apps/api", "build": "npm run build -w apps/web && npm run build -w apps/api", "build:web": "npm run build -w apps/web", "build:api": "npm run build -w apps/api", "test": "npm run test -w apps/web && npm run test -w apps/api", "prepare": "husky"}, "overrides": {"react": "^19.0.0"}, "devDependencies": {"concurrently": "^8.2.0", "eslint": "^8.57.0", "husky": "^9.1.7", "typescript": "^5.4.0"}}\n',
        "package-lock.json": "{}",
        "docker-compose.yml": "services:\n  postgres:\n    image: postgres:16-alpine\n    container_name: meeting-ai-postgres\n    restart: unless-stopped\n    ports:\n      - '5432:5432'\n    environment:\n      POSTGRES_USER: postgres\n      POSTGRES_PASSWORD: postgres\n      POSTGRES_DB: meeting_ai\n    volumes:\n      - postgres_data:/var/lib/postgresql/data\n\nvolumes:\n  postgres_data:\n",
        ".playwright-mcp/page-2026-07-26T05-03-19-915Z.yml": "- generic [ref=e1]\n",
        "apps/api/package.json": '{"name": "api", "version": "0.1.0", "private": true, "scripts": {"dev": "nest start --watch", "start": "nest start", "build": "nest build", "lint": "eslint \\"src/**/*.ts\\"", "test": "jest", "test:e2e": "jest --config ./test/jest-e2e.json --runInBand"}, "dependencies": {"@meeting-ai/shared": "*", "@nestjs/common": "^10.3.0", "@nestjs/core": "^10.3.0", "@nestjs/cqrs": "^11.0.3", "@nestjs/platform-express": "^10.3.0", "@prisma/adapter-pg": "^7.9.0", "@prisma/client": "^7.9.0", "pg": "^8.22.0"}, "devDependencies": {"@nestjs/cli": "^10.3.0", "prisma": "^7.9.0", "typescript": "^5.4.0"}}\n',
        "apps/api/nest-cli.json": '{"sourceRoot": "src"}\n',
        "apps/api/prisma/schema.prisma": 'generator client {\n  provider = "prisma-client"\n}\n\ndatasource db {\n  provider = "postgresql"\n}\n',
        "apps/api/src/main.ts": "import { NestFactory } from '@nestjs/core'\n\nasync function bootstrap() { }\nbootstrap()\n",
        "apps/api/test/jest-e2e.json": "{}",
        "apps/web/package.json": '{"name": "web", "version": "0.1.0", "private": true, "scripts": {"dev": "next dev", "build": "next build", "start": "next start", "lint": "next lint", "test": "vitest run"}, "dependencies": {"@heroui/react": "^3.2.2", "@meeting-ai/shared": "*", "next": "^15.5.22", "react": "^19.2.8", "react-dom": "^19.2.8"}, "devDependencies": {"@vitejs/plugin-react": "^6.0.4", "vitest": "^4.1.10"}}\n',
        "apps/web/app/page.tsx": "export default function Page() { return null }\n",
        "packages/shared/package.json": '{"name": "@meeting-ai/shared", "version": "0.1.0", "private": true, "main": "dist/index.js", "scripts": {"build": "tsc"}}\n',
        "README.md": "# Meeting AI\n",
    },
    (
        "api \\(.*(?:npm(?: run)? start|nest start|node dist/(?:src/)?main)",
        "web \\(.*(?:npm(?: run)? start|next start)",
    ),
    ("postgres",),
)

STOCK = Repository(
    "stock: Express with MySQL by PM2, nodemon as the start script, create-react-app",
    {
        "server/package.json": '{"name": "server", "version": "1.0.0", "main": "index.js", "scripts": {"test": "echo \\"Error: no test specified\\" && exit 1", "start": "nodemon index.js"}, "license": "ISC", "dependencies": {"@joi/date": "^2.1.0", "bcryptjs": "^2.4.3", "cors": "^2.8.5", "dotenv": "^8.5.1", "express": "^4.17.1", "express-jwt": "^6.1.0", "mysql2": "^2.2.5", "node-xlsx": "^0.17.1", "pm2": "^3.5.2", "sequelize": "^5.22.4", "sequelize-auto": "^0.8.2"}, "devDependencies": {"eslint": "^7.32.0"}}\n',
        "server/package-lock.json": "{}",
        "server/ecosystem.config.js": "module.exports = {\n  apps: [{\n    script: 'index.js',\n    watch: '.',\n    env_production: {\n      NODE_ENV: 'production',\n    },\n    env: {\n      JWT_KEY: 'secret',\n      PORT: 8000,\n    },\n  }],\n\n  deploy: {\n    production: {\n      user: 'SSH_USERNAME',\n      host: 'SSH_HOSTMACHINE',\n      ref: 'origin/master',\n      repo: 'GIT_REPOSITORY',\n      path: 'DESTINATION_PATH',\n      'pre-deploy-local': '',\n      'post-deploy': 'npm install && pm2 reload ecosystem.config.js --env production',\n      'pre-setup': '',\n    },\n  },\n};\n",
        "server/.env": "JWT_KEY=secret\nPORT=8000\n",
        "server/index.js": "const dotenv = require('dotenv');\n\nconst http = require('http');\n\ndotenv.config();\nconst port = process.env.PORT;\nconst app = require('./app');\n\nconst server = http.createServer(app);\n\nserver.listen(port);\n// pm2 start ecosystem.config.js\n",
        "server/app.js": "const express = require('express');\n\nconst app = express();\nmodule.exports = app;\n",
        "server/server.js": "const http = require('http');\nconst app = require('./app');\n\nhttp.createServer(app).listen(8000);\n",
        "server/config/config.json": '{"development": {"username": "root", "password": null, "database": "stock", "host": "127.0.0.1", "dialect": "mysql"}}\n',
        "server/models/index.js": "const Sequelize = require('sequelize');\n",
        "client/package.json": _CRA,
        "client/public/index.html": "<html></html>",
        "client/src/index.js": "import React from 'react'\n",
    },
    ("pm2(?:-runtime)?|node (?:server/)?index\\.js", PAGES),
    ("mysql",),
)

FITNESS = Repository(
    "fitness: Express and Vite in services/ for developers, an Expo application, phpMyAdmin",
    {
        "docker-compose.yaml": 'services:\n  db:\n    image: mysql:latest\n    container_name: db_trackfit_preprod\n    environment:\n      MYSQL_ROOT_PASSWORD: ${MYSQL_PREPROD_ROOT_PASSWORD}\n      MYSQL_DATABASE: ${MYSQL_PREPROD_DATABASE}\n      MYSQL_USER: ${MYSQL_PREPROD_USER}\n      MYSQL_PASSWORD: ${MYSQL_PREPROD_USER_PASSWORD}\n    volumes:\n      - ./services/database/data_preprod:/var/lib/mysql\n    ports:\n      - "3306:3306"\n\n  phpmyadmin:\n    image: phpmyadmin/phpmyadmin\n    container_name: phpmyadmin_trackfit_preprod\n    depends_on:\n      - db\n    environment:\n      PMA_HOST: db\n      PMA_PORT: 3306\n      MYSQL_ROOT_PASSWORD: ${MYSQL_PREPROD_ROOT_PASSWORD}\n    ports:\n      - "8080:80"\n\n  api:\n    build: ./services/api\n    env_file: .env\n    container_name: api_trackfit_preprod\n    volumes:\n      - ./services/api:/src\n      - /src/node_modules\n    ports:\n      - "3001:3000"\n    command: npm run dev\n    depends_on:\n      - db\n\n  web:\n    build: ./services/web\n    container_name: web_trackfit_preprod\n    volumes:\n      - ./services/web:/app:cached\n      - /app/node_modules\n    ports:\n      - "5173:5173"\n    command: npm run dev\n    depends_on:\n      - api\n',
        ".env.example": "MYSQL_PREPROD_ROOT_PASSWORD=\nMYSQL_PREPROD_DATABASE=\n",
        "services/api/Dockerfile": 'FROM node:20-alpine\n\nWORKDIR /src\n\nCOPY package*.json ./\nRUN npm install\n\nCOPY . .\n\nCMD ["npm", "run", "dev"]',
        "services/api/package.json": '{"name": "api", "version": "1.0.0", "main": "index.js", "scripts": {"test": "echo \\"Error: no test specified\\" && exit 1", "dev": "nodemon src/index.js", "start": "node src/index.js"}, "license": "ISC", "dependencies": {"dotenv": "^17.2.3", "express": "^5.2.1", "mysql2": "^3.16.1"}, "devDependencies": {"nodemon": "^3.1.11"}}\n',
        "services/api/src/index.js": "const express = require('express')\n\nexpress().listen(3000)\n",
        "services/web/Dockerfile": 'FROM node:20-alpine\n\nWORKDIR /app\n\nCOPY package*.json ./\nRUN npm install\n\nCOPY . .\n\nEXPOSE 5173\n\nCMD ["npm", "run", "dev"]\n',
        "services/web/package.json": _VITE,
        "services/web/index.html": "<html></html>",
        "services/web/src/main.jsx": "import React from 'react'\n",
        "services/mobile/package.json": '{"name": "mobile", "main": "expo-router/entry", "version": "1.0.0", "scripts": {"start": "expo start", "reset-project": "node ./scripts/reset-project.js", "android": "expo start --android", "ios": "expo start --ios", "web": "expo start --web", "lint": "expo lint"}, "dependencies": {"expo": "^54.0.33", "expo-router": "~6.0.23", "react": "19.1.0", "react-dom": "19.1.0", "react-native": "0.81.5", "react-native-web": "~0.21.0"}, "devDependencies": {"typescript": "~5.9.2"}, "private": true}\n',
        "services/mobile/app.json": '{"expo": {"name": "mobile"}}\n',
        "services/mobile/app/(tabs)/index.jsx": "export default () => null\n",
    },
    ("api \\(.*(?:npm run (?:dev|start)|npm start|node src/index\\.js)", PAGES),
    ("mysql",),
)

MARKET = Repository(
    "market: a pnpm workspace of Nest, a BullMQ worker and Next as targets of one Dockerfile",
    {
        "package.json": '{"name": "gamja-market", "private": true, "packageManager": "pnpm@10.13.1", "scripts": {"dev": "corepack pnpm --parallel --stream -r --filter @gamja/web --filter @gamja/api --filter @gamja/worker dev", "build": "corepack pnpm -r --if-present build", "lint": "corepack pnpm -r --if-present lint", "test:unit": "corepack pnpm -r --if-present test:unit", "test:performance": "node scripts/performance-smoke.mjs"}, "engines": {"node": ">=24.0.0 <25"}, "devDependencies": {"eslint": "^9.39.5"}}\n',
        "pnpm-workspace.yaml": "packages:\n  - apps/*\n  - packages/*\n",
        "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
        "Dockerfile": 'FROM node:24-bookworm-slim AS workspace\nENV PNPM_HOME=/pnpm\nENV PATH=$PNPM_HOME:$PATH\nRUN apt-get update \\\n  && apt-get install -y --no-install-recommends ca-certificates openssl \\\n  && corepack enable\nWORKDIR /workspace\nCOPY package.json pnpm-lock.yaml pnpm-workspace.yaml tsconfig.base.json ./\nCOPY apps/api/package.json apps/api/package.json\nCOPY apps/web/package.json apps/web/package.json\nCOPY apps/worker/package.json apps/worker/package.json\nCOPY packages/database/package.json packages/database/package.json\nRUN corepack pnpm install --frozen-lockfile\nCOPY . .\nRUN corepack pnpm --filter @gamja/database db:generate\n\nFROM workspace AS build\nARG NEXT_PUBLIC_API_ORIGIN=http://localhost:4000\nENV NEXT_PUBLIC_API_ORIGIN=$NEXT_PUBLIC_API_ORIGIN\nRUN corepack pnpm build\n\nFROM build AS db-init\nCMD ["sh", "-c", "corepack pnpm --filter @gamja/database db:deploy && corepack pnpm --filter @gamja/database db:seed"]\n\nFROM build AS api\nENV API_PORT=4000\nEXPOSE 4000\nCMD ["node", "apps/api/dist/main.js"]\n\nFROM build AS worker\nCMD ["node", "apps/worker/dist/main.js"]\n\nFROM build AS web\nWORKDIR /workspace/apps/web\nENV PORT=3000\nEXPOSE 3000\nCMD ["node", "node_modules/next/dist/bin/next", "start", "-H", "0.0.0.0", "-p", "3000"]\n\nFROM build AS test\nRUN corepack pnpm --filter @gamja/web exec playwright install --with-deps chromium\nCMD ["sh", "-c", "corepack pnpm test:release"]\n',
        "compose.yaml": "services:\n  postgres:\n    image: postgres:18-alpine\n    environment: {POSTGRES_DB: gamja_market, POSTGRES_USER: gamja, POSTGRES_PASSWORD: gamja}\n    ports: ['5432:5432']\n    volumes: ['postgres-data:/var/lib/postgresql']\n    restart: unless-stopped\n  redis:\n    image: redis:8-alpine\n    command: ['redis-server', '--appendonly', 'yes']\n    ports: ['6379:6379']\n    volumes: ['redis-data:/data']\n    restart: unless-stopped\n  db-init:\n    build: {context: ., target: db-init}\n    environment:\n      DATABASE_URL: postgresql://gamja:gamja@postgres:5432/gamja_market?schema=public\n    depends_on:\n      postgres: {condition: service_healthy}\n    restart: 'on-failure:5'\n  api:\n    build:\n      context: .\n      target: api\n      args:\n        NEXT_PUBLIC_API_ORIGIN: ${NEXT_PUBLIC_API_ORIGIN:-http://localhost:4000}\n    environment:\n      NODE_ENV: development\n      API_PORT: 4000\n      DATABASE_URL: postgresql://gamja:gamja@postgres:5432/gamja_market?schema=public\n      REDIS_URL: redis://redis:6379\n      WEB_ORIGIN: ${WEB_ORIGIN:-http://localhost:3000}\n      TOSS_SANDBOX_SECRET_KEY: ${TOSS_SANDBOX_SECRET_KEY:-}\n    ports: ['4000:4000']\n    depends_on:\n      db-init: {condition: service_completed_successfully}\n      redis: {condition: service_healthy}\n    restart: unless-stopped\n  worker:\n    build:\n      context: .\n      target: worker\n    environment:\n      DATABASE_URL: postgresql://gamja:gamja@postgres:5432/gamja_market?schema=public\n      REDIS_URL: redis://redis:6379\n    depends_on:\n      db-init: {condition: service_completed_successfully}\n      redis: {condition: service_healthy}\n    restart: unless-stopped\n  web:\n    build:\n      context: .\n      target: web\n    environment:\n      NODE_ENV: production\n      INTERNAL_API_ORIGIN: http://api:4000\n    ports: ['3000:3000']\n    depends_on:\n      api: {condition: service_healthy}\n    restart: unless-stopped\nvolumes: {postgres-data: , redis-data: }\n",
        "apps/api/package.json": '{"name": "@gamja/api", "version": "0.1.0", "private": true, "scripts": {"dev": "tsx watch src/main.ts", "build": "tsc -p tsconfig.json", "start": "node dist/main.js", "lint": "eslint src test"}, "dependencies": {"@gamja/database": "workspace:*", "@nestjs/common": "^11.0.0", "@nestjs/core": "^11.0.0", "@nestjs/platform-express": "^11.0.0", "@socket.io/redis-adapter": "^8.3.0", "pino": "^9.0.0", "redis": "^5.8.2", "socket.io": "^4.8.3"}, "devDependencies": {"tsx": "^4.0.0"}, "type": "module"}\n',
        "apps/api/src/main.ts": "import { NestFactory } from '@nestjs/core'\n",
        "apps/worker/package.json": '{"name": "@gamja/worker", "version": "0.1.0", "private": true, "scripts": {"dev": "tsx watch src/main.ts", "build": "tsc -p tsconfig.json", "start": "node dist/main.js", "lint": "eslint src"}, "dependencies": {"@gamja/contracts": "workspace:*", "@gamja/database": "workspace:*", "bullmq": "^5.0.0", "pino": "^9.0.0"}, "devDependencies": {"tsx": "^4.0.0"}}\n',
        "apps/worker/src/main.ts": "import { Worker } from 'bullmq'\n",
        "apps/web/package.json": '{"name": "@gamja/web", "version": "0.1.0", "private": true, "scripts": {"dev": "next dev", "build": "next build", "start": "next start", "lint": "eslint app tests", "test:e2e": "playwright test"}, "dependencies": {"@gamja/ui": "workspace:*", "next": "^16.0.0", "react": "^19.2.0", "react-dom": "^19.2.0"}, "devDependencies": {"@playwright/test": "^1.54.0", "tailwindcss": "^4.0.0"}}\n',
        "apps/web/next.config.ts": "export default {}\n",
        "apps/web/app/page.tsx": "export default function Page() { return null }\n",
        "packages/database/package.json": '{"name": "@gamja/database", "version": "0.1.0", "private": true, "scripts": {"build": "tsc -p tsconfig.json", "db:generate": "prisma generate", "db:migrate": "prisma migrate dev", "db:deploy": "prisma migrate deploy", "db:seed": "node dist/prisma/seed.js"}, "dependencies": {"@prisma/adapter-pg": "^7.8.0", "@prisma/client": "^7.0.0", "pg": "^8.22.0"}, "devDependencies": {"prisma": "^7.0.0"}, "main": "./dist/src/index.js", "type": "module"}\n',
        "packages/database/prisma/schema.prisma": 'datasource db {\n  provider = "postgresql"\n}\n',
        "packages/database/src/index.ts": "export {}\n",
        "packages/ui/package.json": '{"name": "@gamja/ui", "version": "0.1.0", "private": true, "dependencies": {"react": "^19.2.0"}}\n',
        "packages/contracts/package.json": '{"name": "@gamja/contracts", "version": "0.1.0", "private": true}\n',
        "infra/observability/alerts.yaml": "groups: []\n",
        "README.md": "# Gamja\n\n```bash\ndocker compose up --build\n```\n",
    },
    (
        "node apps/api/dist/main\\.js",
        "node apps/worker/dist/main\\.js",
        "web \\(.*(?:next start|bin/next start|npm start)",
    ),
    ("postgres", "redis"),
)

MEDALS = Repository(
    "medals: Nest and Next of npm workspaces in containers",
    {
        "package.json": '{"private": true, "workspaces": ["apps/*", "packages/*"], "scripts": {"dev:api": "npm --workspace apps/api run dev", "dev:web": "npm --workspace apps/web run dev", "build": "npm run build --workspaces", "start": "npm run start --workspaces"}}\n',
        "package-lock.json": "{}",
        "docker-compose.yml": 'services:\n  db:\n    image: postgres:15-alpine\n    environment:\n      POSTGRES_USER: user\n      POSTGRES_PASSWORD: password\n      POSTGRES_DB: medal_db\n    ports:\n      - "5432:5432"\n  api:\n    build:\n      context: .\n      dockerfile: ./apps/api/Dockerfile\n    environment:\n      DB_HOST: db\n      DB_PORT: 5432\n      DB_USER: user\n      DB_PASSWORD: password\n      DB_NAME: medal_db\n    depends_on:\n      - db\n    ports:\n      - "5000:5000"\n\n  web:\n    build:\n      context: .\n      dockerfile: ./apps/web/Dockerfile\n    ports:\n      - "3000:3000"\n    environment:\n      - NEXT_PUBLIC_API_BASE_URL=http://api:5000\n    depends_on:\n      - api',
        "apps/api/Dockerfile": 'FROM node:20-alpine\nWORKDIR /app\nCOPY package*.json ./\nCOPY package-lock.json* ./\nCOPY packages ./packages\nCOPY apps/api ./apps/api\nRUN npm install\nRUN npm run build -w apps/api\nEXPOSE 5000\n\n# NestJS prod build usually lives in apps/api/dist/main.js\nCMD ["node", "apps/api/dist/main.js"]',
        "apps/api/package.json": '{"name": "server", "version": "0.0.1", "private": true, "scripts": {"build": "nest build", "start": "nest start", "start:dev": "nest start --watch", "start:debug": "nest start --debug --watch", "start:prod": "node dist/main", "test": "jest"}, "dependencies": {"@nestjs/common": "^11.2.1", "@nestjs/config": "^4.0.4", "@nestjs/core": "^11.2.1", "@nestjs/platform-express": "^11.2.1", "@nestjs/typeorm": "^11.0.3", "pg": "^8.23.0", "typeorm": "^1.1.0"}, "devDependencies": {"@nestjs/cli": "^11.0.0", "typescript": "^5.7.3"}}\n',
        "apps/api/nest-cli.json": '{"sourceRoot": "src"}\n',
        "apps/api/src/main.ts": "import { NestFactory } from '@nestjs/core'\n",
        "apps/api/src/app.module.ts": "import { TypeOrmModule } from '@nestjs/typeorm'\n",
        "apps/web/Dockerfile": 'FROM node:20-bullseye\nWORKDIR /app\nCOPY package*.json ./\nCOPY package-lock.json* ./\nCOPY packages ./packages\nCOPY apps/web ./apps/web\nRUN npm install\nRUN npm run build -w apps/web\nEXPOSE 3000\nCMD ["npm", "start", "-w", "apps/web"]',
        "apps/web/package.json": '{"name": "web", "version": "0.1.0", "private": true, "scripts": {"dev": "next dev", "build": "next build", "start": "next start", "lint": "eslint"}, "dependencies": {"axios": "^1.13.5", "next": "16.1.6", "react": "19.2.3", "react-dom": "19.2.3"}, "devDependencies": {"tailwindcss": "^4.2.0", "typescript": "^5"}}\n',
        "apps/web/app/page.tsx": "export default function Page() { return null }\n",
        "packages/types/package.json": '{"name": "@medal-registry/types", "version": "0.0.1", "main": "index.ts"}\n',
    },
    (
        "node apps/api/dist/main\\.js",
        "web \\(.*(?:npm(?: run)? start|next start)",
    ),
    ("postgres",),
)

FOURTH_NODE = (
    POLICIES, BATTLESHIP, PULSE, STAGES, WEBHOOKS, TWO_BUNS, PHRASES, TRANSCRIBE, RECORDINGS, STOCK,
    FITNESS, MARKET, MEDALS,
)  # fmt: skip
