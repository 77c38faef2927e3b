"""Public repositories in Node, in several languages and in others, in short."""

# ruff: noqa: E501  (lines of other people's files)
from __future__ import annotations

from tests.unit.discovery.held_out import PAGES, Repository

_VITE = '{"name": "client", "private": true, "type": "module", "scripts": {"dev": "vite", "build": "vite build", "preview": "vite preview"}, "dependencies": {"react": "^19.1", "react-dom": "^19.1"}, "devDependencies": {"@vitejs/plugin-react": "^5.0", "vite": "^7.1"}}\n'
_CRA = '{"name": "client", "private": true, "proxy": "http://localhost:5000", "dependencies": {"react": "^17.0.2", "react-dom": "^17.0.2", "react-scripts": "5.0.0"}, "scripts": {"start": "react-scripts start", "build": "react-scripts build"}}\n'

CAMPUS_MAP = Repository(
    "campus-map: Next and Express, images by name in compose, Dockerfiles in small letters",
    {
        "docker-compose.yml": "services:\n  client:\n    container_name: campus-client\n    image: someone/campus-client:latest\n    ports: [3000:3000]\n    restart: unless-stopped\n  server:\n    container_name: campus-server\n    image: someone/campus-server:latest\n    ports: [8888:8888]\n    restart: unless-stopped\n",
        "client/dockerfile": 'FROM node:20-alpine\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm install\nCOPY . .\nRUN npm run build\nEXPOSE 3000\nCMD ["npm", "start"]\n',
        "client/package.json": '{"name": "client", "private": true, "scripts": {"dev": "next dev --turbopack", "build": "next build", "start": "next start"}, "dependencies": {"leaflet": "^1.9.4", "next": "15.3.5", "react": "^19.0.0"}}\n',
        "client/package-lock.json": "{}",
        "client/src/app/page.tsx": "export default function Page() { return null }\n",
        "server/dockerfile": 'FROM node:20-alpine\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm install\nCOPY . .\nEXPOSE 8888\nCMD ["npm", "start"]\n',
        "server/package.json": '{"name": "server", "main": "index.js", "scripts": {"dev": "nodemon index.js", "start": "node index.js", "postinstall": "prisma generate"}, "dependencies": {"@prisma/client": "^6.11.1", "express": "^5.1.0", "multer": "^2.0.1"}, "devDependencies": {"nodemon": "^3.1.10", "prisma": "^6.13.0"}}\n',
        "server/index.js": "const express = require('express')\nconst app = express()\napp.listen(process.env.PORT || 8888)\n",
        "server/.env": 'DATABASE_URL="file:./dev.db"\n',
        "server/prisma/schema.prisma": 'datasource db {\n  provider = "sqlite"\n  url      = env("DATABASE_URL")\n}\n// for PostgreSQL: provider = "postgresql"\n',
        "server/prisma/migrations/20250707130906_init/migration.sql": "CREATE TABLE spot (id TEXT);\n",
        "server/scripts/seed.js": "require('../index')\n",
        "package-lock.json": "{}",
        "README.md": "# Next.js + Express\n\n```bash\ndocker compose up --build\n```\n",
    },
    ("client.*npm start", "server.*npm start"),
)

EXPRESS_TEMPLATE = Repository(
    "express-template: TypeScript started by PM2, and by nothing else for production",
    {
        "package.json": '{"name": "express-template", "main": "app.ts", "scripts": {"dev": "cross-env NODE_ENV=dev nodemon ./src/app.ts", "dev:prod": "cross-env NODE_ENV=prod nodemon ./src/app.ts", "pm2:dev": "cross-env NODE_ENV=dev pm2 start ./ecosystem.config.js", "pm2:prod": "cross-env NODE_ENV=prod pm2 start ./ecosystem.config.js", "lint": "eslint ."}, "dependencies": {"cross-env": "^7.0.3", "express": "^4.18.2", "mongoose": "^6.9.1", "multer": "^1.4.5-lts.1"}, "devDependencies": {"ts-node": "^10.9.1", "typescript": "^4.9.5"}}\n',
        "package-lock.json": "{}",
        "ecosystem.config.js": "module.exports = {\n  apps: [\n    {\n      name: 'Express-Api',\n      exec_mode: 'cluster',\n      instances: 'max',\n      script: './src/app.ts',\n      max_memory_restart: '512M',\n    }\n  ]\n};\n",
        "migrate-mongo-config.js": "module.exports = { mongodb: { url: process.env.MONGO_URL } }\n",
        "migrations/20230210105236-add_user_email.js": "module.exports = {}\n",
        "src/app.ts": "import express from 'express'\n\nconst app = express()\napp.listen(process.env.PORT)\n",
        "src/config/dbConfig.ts": "import mongoose from 'mongoose'\n\nmongoose.connect(process.env.DB_URL as string)\n",
        "src/prod.env": "PORT=3000\nDB_URL=mongodb+srv://someone@cluster.example.net/app\n",
        "src/dev.env": "PORT=3000\nDB_URL=mongodb://localhost:27017/app\n",
        "tsconfig.json": "{}",
        "README.md": "# Express template\n\n`npm run pm2:prod`\n",
    },
    ("pm2|src/app\\.ts",),
    ("mongodb",),
)

QUEUE_WORKER = Repository(
    "queue-worker: a BullMQ worker and nothing else, compiled in a Dockerfile",
    {
        "Dockerfile": 'FROM node:19-alpine as builder\nWORKDIR /app\nRUN apk add --no-cache g++ python3\nCOPY . .\nRUN pnpm i && pnpm run build\n\nFROM node:19-slim\nCOPY --from=builder /app /app\nCMD ["node", "/app/dist/worker.js"]\n',
        "Dockerfile.gitlab": 'FROM node:19-slim\nCOPY . /app\nCMD ["node", "/app/dist/worker.js"]\n',
        "package.json": '{"name": "worker", "scripts": {"build": "npx gulp", "start": "npx nodemon"}, "dependencies": {"@grpc/grpc-js": "^1.8.7", "bullmq": "^3.5.11", "dotenv": "^16.0.3"}}\n',
        "pnpm-lock.yaml": "",
        "gulpfile.js": "exports.default = () => {}\n",
        "nodemon.json": '{"watch": ["src"], "ext": "ts", "exec": "npx ts-node ./src/worker.ts"}\n',
        "build.sh": "docker build -t worker .\n",
        "src/worker.ts": "import { Worker } from 'bullmq'\nimport tasks from './tasks'\n\nnew Worker(process.env.ZONE || 'QUEUE', tasks, { connection: { host: process.env.REDIS_HOST || 'localhost' } })\n",
        "src/tasks.ts": "export default async () => {}\n",
        "src/client.ts": "import { Queue } from 'bullmq'\n",
        "protos/ingress.proto": 'syntax = "proto3";\n',
        "README.md": "## Run\n\n```shell\nNODE_ENV=development REDIS_PASSWORD=admin API_KEY=x node worker.js\n```\n",
    },
    ("node /app/dist/worker\\.js",),
    ("redis",),
)

NEXT_COMPOSE = Repository(
    "next-compose: one Next application, a compose file and a Dockerfile for each environment",
    {
        "docker-compose.dev.yml": "services:\n  next-app-dev:\n    build: {context: ./next-app, dockerfile: dev.Dockerfile}\n    volumes: ['./next-app/src:/app/src']\n    ports: [3000:3000]\n    networks: [my_dev_network]\nnetworks: {my_dev_network: {driver: bridge}}\n",
        "docker-compose.prod.yml": "services:\n  next-app-prod:\n    build: {context: ./next-app, dockerfile: prod.Dockerfile}\n    ports: [4000:4000]\n    networks: [my_prod_network]\nnetworks: {my_prod_network: {driver: bridge}}\n",
        "next-app/package.json": '{"name": "next-app", "private": true, "scripts": {"dev": "next dev", "build": "next build", "start": "next start"}, "dependencies": {"next": "14.1.0", "react": "^18"}}\n',
        "next-app/pnpm-lock.yaml": "",
        "next-app/next.config.js": "module.exports = { output: 'standalone' }\n",
        "next-app/prod.Dockerfile": 'FROM node:18-alpine AS base\nFROM base AS builder\nWORKDIR /app\nCOPY package.json pnpm-lock.yaml* ./\nRUN corepack enable pnpm && pnpm i\nCOPY src ./src\nRUN pnpm build\n\nFROM base AS runner\nWORKDIR /app\nRUN adduser --system --uid 1001 nextjs\nUSER nextjs\nCOPY --from=builder /app/.next/standalone ./\nCMD ["node", "server.js"]\n',
        "next-app/dev.Dockerfile": "FROM node:20-alpine\nWORKDIR /app\nCOPY package.json pnpm-lock.yaml* ./\nRUN corepack enable pnpm && pnpm i\nCOPY src ./src\nCMD \\\n  if [ -f yarn.lock ]; then yarn dev; \\\n  elif [ -f pnpm-lock.yaml ]; then pnpm dev; \\\n  else npm run dev; \\\n  fi\n",
        "next-app/src/app/page.tsx": "export default function Page() { return null }\n",
        "README.md": "```bash\ndocker compose -p dev -f docker-compose.dev.yml up\ndocker compose -p prod -f docker-compose.prod.yml up\n```\n",
    },
    ("node server\\.js",),
)

CELERY_SERVICES = Repository(
    "celery-services: two Celery programs without a web framework, Express before them",
    {
        "docker-compose.yml": "services:\n  redis:\n    image: redis\n    ports: [6379:6379]\n  rabbitmq:\n    depends_on: [redis]\n    image: rabbitmq:3\n    ports: [5672:5672]\n  web:\n    depends_on: [rabbitmq]\n    build: {context: './web_service', dockerfile: ../dockerfiles/web.Dockerfile}\n    ports: [3000:3000]\n  user:\n    depends_on: [rabbitmq]\n    build: {context: './user_service', dockerfile: ../dockerfiles/user.Dockerfile}\n  email:\n    depends_on: [rabbitmq]\n    build: {context: './email_service', dockerfile: ../dockerfiles/email.Dockerfile}\n",
        "dockerfiles/web.Dockerfile": "FROM node:16\nCOPY . /app\nWORKDIR /app\nRUN npm install\nEXPOSE 3000\nCMD node app.js\n",
        "dockerfiles/user.Dockerfile": "FROM python:3.8-slim-buster\nCOPY . /app\nWORKDIR /app\nRUN pip install poetry && poetry install\nCMD poetry run celery -A user_service worker -l INFO -Q user_queue\n",
        "dockerfiles/email.Dockerfile": "FROM python:3.8-slim-buster\nCOPY . /app\nWORKDIR /app\nRUN pip install poetry && poetry install\nCMD poetry run celery -A email_service worker -l INFO -Q email_queue\n",
        "web_service/package.json": '{"name": "web_service", "main": "app.js", "scripts": {"test": "exit 1"}, "dependencies": {"celery-node": "^0.5.8", "express": "^4.17.2", "node-celery": "^0.2.8"}}\n',
        "web_service/app.js": "const express = require('express')\nexpress().listen(3000)\n",
        "web_service/celery_client.js": "const celery = require('celery-node')\nmodule.exports = celery.createClient('amqp://guest:guest@rabbitmq:5672//', 'redis://redis:6379/0')\n",
        "user_service/pyproject.toml": '[tool.poetry]\nname = "user_service"\n[tool.poetry.dependencies]\npython = "^3.8"\ncelery = {extras = ["redis"], version = "^5.2.3"}\n',
        "user_service/user_service.py": "from celery import Celery\n\napp = Celery('user_service', broker='amqp://guest:guest@rabbitmq:5672//', backend='redis://redis:6379/0')\n",
        "email_service/pyproject.toml": '[tool.poetry]\nname = "email_service"\n[tool.poetry.dependencies]\npython = "^3.8"\ncelery = {extras = ["redis"], version = "^5.2.3"}\n',
        "email_service/email_service.py": "from celery import Celery\n\napp = Celery('email_service', broker='amqp://guest:guest@rabbitmq:5672//', backend='redis://redis:6379/0')\n",
        "README.md": "# Celery services\n",
    },
    ("node app\\.js", "celery -A user_service worker", "celery -A email_service worker"),
    ("redis", "queue"),
)

MOVIES = Repository(
    "movies: Nest with Mongoose, compose with the stores of an earlier plan and LocalStack",
    {
        "docker-compose.yml": "version: '3.6'\nservices:\n  db:\n    image: postgis/postgis:latest\n    restart: always\n    environment: {POSTGRES_USER: local, POSTGRES_PASSWORD: local}\n    command: postgres -N 500\n    ports: ['5432:5432']\n  localstack:\n    image: localstack/localstack\n    environment: {SERVICES: s3}\n    ports: [4566:4566]\n    volumes: ['./scripts/s3_bootstrap.sh:/etc/localstack/init/ready.d/s3_bootstrap.sh']\n  redis:\n    image: redis:7.4.1-alpine\n    ports: ['6379:6379']\n",
        "package.json": '{"name": "movies", "private": true, "scripts": {"build": "nest build", "start": "nest start -w", "start:dev": "nest build --webpack --watch", "start:debug": "nest start --debug --watch", "start:prod": "node dist/main"}, "dependencies": {"@nestjs/common": "^10.0.0", "@nestjs/core": "^10.0.0", "@nestjs/mongoose": "^10.1.0", "express-session": "^1.18.1", "mongoose": "^8.8.3"}, "devDependencies": {"@nestjs/cli": "^10.0.0"}, "packageManager": "yarn@1.22.22"}\n',
        "yarn.lock": "",
        "package-lock.json": "{}",
        ".env.example": 'DATABASE_URL="postgresql://local:local@localhost:5432/local"\nJWT_EXPIRATION=1800\nJWT_SECRET=change-me\n',
        "prisma/schema.prisma": 'datasource db {\n  provider = "postgresql"\n  url      = env("DATABASE_URL")\n}\n',
        "scripts/s3_bootstrap.sh": "#!/bin/bash\nawslocal s3 mb s3://local\n",
        "src/main.ts": "import { NestFactory } from '@nestjs/core'\nimport { AppModule } from './app.module'\n\nasync function bootstrap() { const app = await NestFactory.create(AppModule); await app.listen(3000) }\nbootstrap()\n",
        "src/app.module.ts": "import { Module } from '@nestjs/common'\nimport { MongooseModule } from '@nestjs/mongoose'\n\n@Module({ imports: [MongooseModule.forRoot(process.env.DATABASE_URI)] })\nexport class AppModule {}\n",
        "README.md": "```bash\ndocker compose up -d\n\nyarn run start\n\nyarn run start:prod\n```\n",
    },
    ("start:prod|node dist/main",),
    ("postgres", "redis", "mongodb"),
)

MEETINGS = Repository(
    "meetings: Nest with MySQL in one Dockerfile, whose command is not that of package.json",
    {
        "Dockerfile": 'FROM node:18\nWORKDIR /app\nCOPY package*.json ./\nRUN yarn install --production\nCOPY . .\nRUN yarn global add @nestjs/cli\nRUN yarn build\nEXPOSE 3000\nCMD [ "node", "dist/src/main.js" ]\n',
        "package.json": '{"name": "meetings", "private": true, "scripts": {"build": "nest build", "start": "nest start", "start:dev": "nest start --watch", "start:prod": "node dist/main"}, "dependencies": {"@nestjs/common": "^9.0.0", "@nestjs/core": "^9.0.0", "@nestjs/typeorm": "^9.0.1", "aws-sdk": "^2.1429.0", "mysql2": "^2.3.3", "typeorm": "^0.3.10", "web-push": "^3.6.6"}, "devDependencies": {"@nestjs/cli": "^9.0.0"}}\n',
        "src/main.ts": "import { NestFactory } from '@nestjs/core'\n",
        "src/app.module.ts": "import { TypeOrmModule } from '@nestjs/typeorm'\n\nTypeOrmModule.forRoot({\n  type: 'mysql',\n  host: process.env.DB_HOST,\n})\n",
        "src/modules/file/file.service.ts": "import { S3 } from 'aws-sdk'\n\nexport const s3 = new S3({ region: process.env.AWS_REGION })\n",
        ".github/workflows/release.yml": "on: {push: {branches: [main]}}\njobs:\n  deploy:\n    steps:\n      - run: docker build -t meetings .\n",
    },
    ("node dist/src/main\\.js",),
    ("mysql", "object_store"),
)

CALORIES = Repository(
    "calories: Express with Prisma on Railway, a Vite page, files at an S3 of somebody else",
    {
        "server/package.json": '{"name": "server", "main": "src/index.js", "type": "module", "scripts": {"dev": "nodemon src/index.js", "start": "node src/index.js", "webhook": "ngrok http 3001", "build": "npx prisma generate", "deploy": "npx prisma migrate deploy", "prisma:migrate": "prisma migrate dev"}, "dependencies": {"@aws-sdk/client-s3": "^3.900.0", "@prisma/client": "^6.0.1", "@quixo3/prisma-session-store": "^3.1.13", "express": "^4.21.2", "multer": "^2.0.2", "sharp": "^0.34.4"}, "devDependencies": {"nodemon": "^3.1.9", "prisma": "^6.0.1"}}\n',
        "server/package-lock.json": "{}",
        "server/nixpacks.toml": '[phases.setup]\nnixPkgs = ["nodejs_20", "openssl"]\n\n[phases.install]\ncmds = ["npm ci"]\n\n[start]\ncmd = "npm start"\n',
        "server/railway.json": '{"build": {"builder": "NIXPACKS"}, "deploy": {"numReplicas": 1, "restartPolicyType": "ON_FAILURE"}}\n',
        "server/.env.example": 'DATABASE_URL="postgresql://username:password@host.example.tech/database?sslmode=require"\nJWT_SECRET=change-me\nPORT=3001\n',
        "server/prisma/schema.prisma": 'datasource db {\n  provider = "postgresql"\n  url      = env("DATABASE_URL")\n}\n',
        "server/src/index.js": "import express from 'express'\n\nexpress().listen(process.env.PORT)\n",
        "server/src/services/r2StorageService.js": "import { S3Client } from '@aws-sdk/client-s3'\n\nexport default new S3Client({ endpoint: process.env.R2_ENDPOINT })\n",
        "server/check-db.js": "import { PrismaClient } from '@prisma/client'\n",
        "server/scripts/migrate-food-entries.js": "import { PrismaClient } from '@prisma/client'\n",
        "client/package.json": _VITE,
        "client/index.html": "<html></html>",
        "client/src/App.jsx": "export default () => null\n",
        "client/.env.example": "VITE_API_URL=http://localhost:3001\n",
        "README.md": "# Calories\n\n```bash\ncd server && npm run dev\ncd client && npm run dev\n```\n",
    },
    ("npm start|node src/index\\.js", PAGES),
    ("postgres", "object_store"),
)

BLOG = Repository(
    "blog: Express and create-react-app for Heroku, a package at the top that only builds",
    {
        "Procfile": "web: node backend/index.js\n",
        "package.json": '{"scripts": {"heroku-postbuild": "cd client && npm install && npm run build"}, "dependencies": {"cors": "^2.8.5", "express": "^4.17.3"}}\n',
        "package-lock.json": "{}",
        "backend/package.json": '{"name": "blog", "main": "index.js", "scripts": {"start": "node index.js"}, "dependencies": {"cors": "^2.8.5", "express": "^4.17.3"}}\n',
        "backend/index.js": "const express = require('express')\nconst app = express()\napp.use(express.static('../client/build'))\napp.listen(process.env.PORT || 5000)\n",
        "client/package.json": _CRA,
        "client/public/index.html": "<html></html>",
        "client/src/App.js": "export default () => null\n",
        "README.md": "## Deploy with Heroku\n\n```\nheroku login\ntouch Procfile\nweb: node backend/index.js\n```\n\nbrew install mysql\n",
    },
    ("node (?:backend/)?index\\.js|npm start", PAGES),
)

LARAVEL = Repository(
    "laravel: three roles of one image; the script of the image chooses by a variable",
    {
        "docker-compose.yml": 'version: "2"\nservices:\n  app:\n    image: laravel-docker:latest\n    build: {context: ., dockerfile: .docker/Dockerfile}\n    depends_on: [redis, mysql]\n    ports: ["8080:80"]\n    volumes: [".:/var/www/html"]\n    environment: {CONTAINER_ROLE: app, REDIS_HOST: redis, DB_HOST: mysql, DB_PASSWORD: secret}\n  scheduler:\n    image: laravel-docker:latest\n    depends_on: [app]\n    volumes: [".:/var/www/html"]\n    environment: {CONTAINER_ROLE: scheduler, REDIS_HOST: redis, DB_HOST: mysql, DB_PASSWORD: secret}\n  queue:\n    image: laravel-docker:latest\n    depends_on: [app]\n    volumes: [".:/var/www/html"]\n    environment: {CONTAINER_ROLE: queue, REDIS_HOST: redis, DB_HOST: mysql, DB_PASSWORD: secret}\n  redis:\n    image: redis:4-alpine\n    volumes: ["redis:/data"]\n  mysql:\n    image: mysql:5.7\n    volumes: ["mysql:/var/lib/mysql"]\n    environment: {MYSQL_ROOT_PASSWORD: secret}\nvolumes: {redis: , mysql: }\n',
        ".docker/Dockerfile": 'FROM php:7.2-apache\nRUN apt-get update && apt-get install -y zip git\nCOPY . /var/www/html\nCOPY .docker/vhost.conf /etc/apache2/sites-available/000-default.conf\nRUN docker-php-ext-install pdo_mysql\nCOPY .docker/entrypoint.sh /usr/local/bin/\nWORKDIR /var/www/html\nRUN composer install\nCMD ["/usr/local/bin/entrypoint.sh"]\n',
        ".docker/entrypoint.sh": '#!/bin/sh\nset -e\nrole=${CONTAINER_ROLE:-app}\nif [ "$role" = "app" ]; then\n    exec apache2-foreground\nelif [ "$role" = "queue" ]; then\n    php /var/www/html/artisan queue:work --tries=3\nelif [ "$role" = "scheduler" ]; then\n    while [ true ]; do php /var/www/html/artisan schedule:run & sleep 60; done\nfi\n',
        "composer.json": '{"name": "laravel/laravel", "require": {"php": "^7.1.3", "laravel/framework": "5.7.*", "predis/predis": "^1.1"}}\n',
        "package.json": '{"private": true, "scripts": {"dev": "npm run development", "production": "cross-env NODE_ENV=production node_modules/webpack/bin/webpack.js"}, "devDependencies": {"axios": "^0.18", "laravel-mix": "^2.0", "vue": "^2.5.7"}}\n',
        "artisan": "#!/usr/bin/env php\n<?php\n",
        "config/database.php": "<?php return ['default' => env('DB_CONNECTION', 'mysql')];\n",
        "routes/web.php": "<?php\n",
        ".env.example": "APP_KEY=\nDB_CONNECTION=mysql\nDB_HOST=127.0.0.1\nREDIS_HOST=127.0.0.1\n",
        "README.md": "docker-compose build\n",
    },
    ("app \\(.*entrypoint\\.sh", "scheduler \\(.*entrypoint\\.sh", "queue \\(.*entrypoint\\.sh"),
    ("mysql", "redis"),
)

SENTIMENT = Repository(
    "sentiment: Flask and Vue with Dockerfiles at the top; a frozen list of what Airflow needs",
    {
        "docker-compose.yml": "version: '3.8'\nservices:\n  backend:\n    build: {context: ., dockerfile: backend.Dockerfile}\n    ports: ['5000:5000']\n    volumes: ['./backend:/app']\n  frontend:\n    build: {context: ., dockerfile: frontend.Dockerfile}\n    ports: ['8080:8080']\n    volumes: ['./dashboard:/app']\n    depends_on: [backend]\n  elasticsearch:\n    image: docker.elastic.co/elasticsearch/elasticsearch:7.17.10\n    environment: [discovery.type=single-node]\n    ports: ['9200:9200']\n",
        "backend.Dockerfile": 'FROM python:3.11-slim\nWORKDIR /app\nCOPY ./backend /app\nRUN pip install -r requirements.txt\nEXPOSE 5000\nCMD ["python", "app.py"]\n',
        "frontend.Dockerfile": 'FROM node:20-alpine as build-stage\nWORKDIR /app\nCOPY ./dashboard /app\nRUN npm install && npm run build\n\nFROM nginx:stable-alpine as production-stage\nCOPY --from=build-stage /app/dist /usr/share/nginx/html\nEXPOSE 80\nCMD ["nginx", "-g", "daemon off;", "yarn", "serve"]\n',
        "backend/requirements.txt": "aiohttp==3.10.10\nalembic==1.13.3\namqp==5.2.0\napache-airflow==2.10.2\napache-airflow-providers-celery==3.8.3\napache-airflow-providers-postgres==5.13.1\nbilliard==4.2.1\ncelery==5.4.0\ncertifi==2024.8.30\nclick==8.1.7\nconnexion==2.14.2\nelasticsearch==7.17.0\nFlask==2.2.5\nflower==2.0.1\ngunicorn==23.0.0\nkombu==5.4.2\npsycopg2-binary==2.9.10\nredis==5.1.1\nSQLAlchemy==1.4.54\ntornado==6.4.1\n",
        "backend/app.py": "from flask import Flask\nfrom controllers.search import search_bp\n\napp = Flask(__name__)\napp.register_blueprint(search_bp)\n\nif __name__ == '__main__':\n    app.run(debug=True)\n",
        "backend/elastic.py": "from elasticsearch import Elasticsearch\nfrom config import ELASTIC_HOST\n\nes = Elasticsearch(ELASTIC_HOST)\n",
        "backend/config.py": "import os\n\nELASTIC_HOST = os.getenv('ELASTIC_HOST', 'http://elasticsearch:9200')\n",
        "backend/controllers/search.py": "from flask import Blueprint\n\nsearch_bp = Blueprint('search', __name__)\n",
        "dashboard/package.json": '{"name": "dashboard", "private": true, "type": "module", "scripts": {"dev": "vite", "build": "vite build", "preview": "vite preview"}, "dependencies": {"pinia": "^3.0.2", "vue": "^3.5.13"}, "devDependencies": {"@vitejs/plugin-vue": "^5.2.3", "vite": "^6.2.4"}}\n',
        "dashboard/index.html": "<html></html>",
        "dashboard/src/main.js": "import { createApp } from 'vue'\n",
        "stock_data/requirements.txt": "apache-airflow==2.10.2\nelasticsearch==7.17.0\npandas==2.2.2\n",
        "stock_data/airflow_dag.py": "from airflow import DAG\n\ndag = DAG('stocks')\n",
        "stock_data/market_predictor.py": "import pandas\n",
        "sentiment_pipeline.py": "from elasticsearch import Elasticsearch\n\nes = Elasticsearch('http://localhost:9200')\n",
        "README.md": "# Vue.js + Flask\n\n```\ndocker-compose up --build\n```\n",
    },
    ("python app\\.py", PAGES),
    ("search",),
)

CHATBOT = Repository(
    "chatbot: a workspace of Bun, Express and Vite below packages/",
    {
        "package.json": '{"name": "chatbot", "module": "index.ts", "type": "module", "private": true, "scripts": {"dev": "bun run index.ts"}, "devDependencies": {"@types/bun": "latest", "concurrently": "^9.2.1"}, "workspaces": ["packages/*"]}\n',
        "bun.lock": "{}",
        "index.ts": "import concurrently from 'concurrently'\n\nconcurrently([{ command: 'bun run dev', cwd: 'packages/server' }, { command: 'bun run dev', cwd: 'packages/client' }])\n",
        "packages/server/package.json": '{"name": "server", "module": "index.ts", "type": "module", "private": true, "scripts": {"start": "bun run index.ts", "dev": "bun run --watch index.ts"}, "devDependencies": {"@types/bun": "latest", "@types/express": "^5.0.3"}, "dependencies": {"dotenv": "^17.2.2", "express": "^5.1.0"}}\n',
        "packages/server/index.ts": "import express from 'express'\n\nexpress().listen(process.env.PORT || 3000)\n",
        "packages/server/routes.ts": "export default {}\n",
        "packages/client/package.json": _VITE,
        "packages/client/index.html": "<html></html>",
        "packages/client/vite.config.ts": "export default {}\n",
        "README.md": "```bash\nbun install\nbun run index.ts\n```\n",
    },
    ("bun (?:run )?start|bun run index\\.ts", PAGES),
)

TRANSLATE = Repository(
    "translate: FastAPI that the requirements do not name, gRPC beside it, Envoy at the top",
    {
        "Dockerfile": 'FROM envoyproxy/envoy:v1.28.0\nCOPY envoy.yaml /etc/envoy/envoy.yaml\nCMD [ "envoy", "-c", "/etc/envoy/envoy.yaml" ]\n',
        "envoy.yaml": "static_resources:\n  listeners:\n    - name: listener_0\n      address: {socket_address: {address: 0.0.0.0, port_value: 8080}}\n",
        "run.sh": "#!/bin/bash\n\n(cd backend && uvicorn main:app --host 0.0.0.0 --reload) &\n\n\n(cd frontend && npm run dev)\n",
        "backend/main.py": "from fastapi import FastAPI, WebSocket\n\napp = FastAPI()\n\n\nasync def listen(connection):\n    while True:\n        await connection.receive_bytes()\n",
        "backend/server.py": "from concurrent import futures\nimport time\n\nimport grpc\n\n\nclass Translate:\n    def stream(self, request, context):\n        while True:\n            yield request\n            time.sleep(0.2)\n\n\ndef serve():\n    server = grpc.server(futures.ThreadPoolExecutor(max_workers=10))\n    server.add_insecure_port('[::]:50051')\n    server.start()\n    server.wait_for_termination()\n\n\nif __name__ == '__main__':\n    serve()\n",
        "backend/requirements.txt": "grpcio \ngrpcio-tools\ndeep-translator\n",
        "backend/text_pb2.py": "import sys\n",
        "frontend/package.json": _VITE,
        "frontend/index.html": "<html></html>",
        "frontend/src/App.tsx": "export default () => null\n",
        "protos/text.proto": 'syntax = "proto3";\n',
        "README.md": "# Translate\n\n```sh\n# Backend (FastAPI on :8000)\ncd backend\npip install -r requirements.txt\nuvicorn main:app --host 0.0.0.0 --reload\n\n# Frontend\ncd frontend\nnpm install\nnpm run dev\n```\n\nOr together:\n\n```sh\n./run.sh\n```\n",
    },
    ("uvicorn main:app", PAGES),
    (),
    ("python server\\.py", "envoy"),
)

FOOD_ORDER = Repository(
    "food-order: plain images with the source mounted; a Dockerfile that starts both at once",
    {
        "docker-compose.yaml": 'services:\n  react-app:\n    image: node:22\n    working_dir: /app\n    volumes: ["./frontend:/app", "/app/node_modules"]\n    ports: ["3000:3000"]\n    command: >\n      sh -c "npm install && npm run dev"\n    tty: true\n  fastapi-backend:\n    image: python:3.12\n    working_dir: /app\n    volumes: ["./backend:/app"]\n    ports: ["5000:5000"]\n    command: >\n      sh -c "pip install -r requirements.txt && uvicorn main:app --host 0.0.0.0 --port 5000 --reload"\n',
        "Dockerfile": 'FROM python:3.12\nWORKDIR /app\nRUN apt-get update && apt-get install -y nodejs npm\nCOPY ./frontend/package.json ./frontend/package-lock.json /app/frontend/\nWORKDIR /app/frontend\nRUN npm install\nWORKDIR /app\nCOPY ./backend/requirements.txt /app/\nRUN pip install -r requirements.txt\nCOPY ./frontend /app/frontend\nCOPY ./backend /app/backend\nEXPOSE 3000 5000\nCOPY start.sh /start.sh\nRUN chmod +x /start.sh\nCMD ["/start.sh"]\n',
        "start.sh": "#!/bin/bash\n\n# Start the FastAPI backend\ncd /app/backend\nuvicorn main:app --host 0.0.0.0 --port 5000 --reload &\n\n# Start the React frontend\ncd /app/frontend\nnpm install && npm run dev\n",
        "backend/requirements.txt": "aiohttp==3.11.11\nfastapi==0.115.6\nfastapi-cli==0.0.7\npsycopg2-binary==2.9.10\nSQLAlchemy==2.0.36\nstarlette==0.41.3\ntornado==6.4.2\nuvicorn==0.34.0\n",
        "backend/main.py": "from fastapi import FastAPI\nfrom agent import graph\n\napp = FastAPI()\n",
        "backend/agent.py": "graph = None\n",
        "backend/agent_tools/__init__.py": "",
        "backend/agent_tools/tools.py": "import os\n\nimport psycopg2\n\nconnection = psycopg2.connect(os.environ['DB_URL'])\n",
        "frontend/package.json": _VITE,
        "frontend/package-lock.json": "{}",
        "frontend/index.html": "<html></html>",
        "package-lock.json": "{}",
        "README.md": "# Food order\n\n```\ndocker compose up\n```\n",
    },
    ("uvicorn main:app", PAGES),
    ("postgres",),
)

JOBS = Repository(
    "jobs: FastAPI, Celery over RabbitMQ, a Vite page in a container for developers",
    {
        "docker-compose.yml": "version: '3.0'\nservices:\n  backend:\n    build: ./Backend\n    image: jobs_backendimage\n    env_file: [./Backend/.env]\n    ports: [8000:8000]\n  frontend:\n    build: ./Frontend\n    image: jobs_frontendimage\n    env_file: [./Frontend/.env]\n    ports: [5173:5173]\n    depends_on: [backend]\n  celeryworker:\n    build: ./Backend\n    env_file: [./Backend/.env]\n    command: celery -A celery_worker worker --concurrency=2 --loglevel=debug --without-heartbeat -P eventlet\n    depends_on: [rabbitmq, db]\n  rabbitmq:\n    image: rabbitmq:3-management\n    ports: [5672:5672, 15672:15672]\n  db:\n    image: postgres:14\n    env_file: [./Backend/.env]\n    volumes: ['pg:/var/lib/postgresql/data/']\n    environment:\n      POSTGRES_PASSWORD: ${DATABASE_PASSWORD}\nvolumes: {pg: }\n",
        "Backend/Dockerfile": 'FROM python:3.9\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nEXPOSE 8000\nCMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]\n',
        "Backend/requirements.txt": "alembic==1.13.2\namqp==5.2.0\ncelery==5.4.0\neventlet==0.36.1\nfastapi==0.112.0\npsycopg2==2.9.9\nSQLAlchemy==2.0.31\nuvicorn==0.30.5\n",
        "Backend/main.py": "from fastapi import FastAPI\nfrom routers import jobs\n\napp = FastAPI()\napp.include_router(jobs.router)\n",
        "Backend/celery_worker.py": "from celery import Celery\n\ncelery = Celery('jobs', broker='amqp://guest:guest@rabbitmq:5672//', backend='rpc://')\n",
        "Backend/websocket_worker.py": "import asyncio\n\n\nasync def listen():\n    while True:\n        await asyncio.sleep(1)\n",
        "Backend/routers/jobs.py": "from fastapi import APIRouter\n\nrouter = APIRouter()\n",
        "Backend/alembic.ini": "[alembic]\nscript_location = alembic\n",
        "Backend/README.md": "celery -A celery_worker worker --concurrency=2\n\n\nuvicorn main:app --host 127.0.0.1 --port 8000\n\n\ndocker run -it --rm rabbitmq:3.13-management\n",
        "Frontend/Dockerfile": 'FROM node:18-alpine\nWORKDIR /app\nCOPY package.json .\nRUN npm install\nCOPY . .\nEXPOSE 5173\nCMD ["npm", "run", "dev","--","--host", "0.0.0.0"]\n',
        "Frontend/package.json": _VITE,
        "Frontend/index.html": "<html></html>",
        "Frontend/src/App.tsx": "export default () => null\n",
        ".env-example.txt": "DATABASE_USERNAME=\nDATABASE_PASSWORD=\n",
        ".github/workflows/ci.yml": "on: push\njobs:\n  test:\n    steps:\n      - run: pytest\n",
        "README.md": "# Jobs\n",
    },
    ("uvicorn main:app", "celery -A celery_worker worker", PAGES),
    ("postgres", "queue"),
)

DELIVERY = Repository(
    "delivery: six services of Go and Python in backend/, Dramatiq, two Android apps, Next",
    {
        "backend/docker-compose.yml": 'services:\n  gateway:\n    build: {context: ./go_services/gateway, dockerfile: Dockerfile}\n    ports: ["80:80"]\n    environment: {DJANGO_BACKEND: "web:8000", LOCATION_SERVICE: "location:8001"}\n    depends_on: [web, location, matching]\n  location:\n    build: {context: ./go_services/location, dockerfile: Dockerfile}\n    expose: ["8001"]\n    environment:\n      REDIS_URL: redis://redis:6379\n      DATABASE_URL: postgres://postgres:${POSTGRES_PASSWORD:-postgres}@pgbouncer:5432/postgres?sslmode=disable\n    depends_on: [redis, pgbouncer]\n  matching:\n    build: {context: ./go_services/matching, dockerfile: Dockerfile}\n    expose: ["8002"]\n    environment: {REDIS_URL: "redis://redis:6379"}\n    depends_on: [redis, pgbouncer]\n  web:\n    build: {context: ./django, dockerfile: Dockerfile}\n    expose: ["8000"]\n    environment:\n      SECRET_KEY: ${SECRET_KEY}\n      REDIS_URL: redis://redis:6379\n    depends_on:\n      pgbouncer: {condition: service_started}\n      redis: {condition: service_started}\n  worker:\n    build: {context: ./django, dockerfile: Dockerfile}\n    command: ["dramatiq", "delivery_server.tasks", "--processes", "2", "--threads", "4"]\n    environment: {REDIS_URL: "redis://redis:6379"}\n    depends_on: [redis, pgbouncer]\n  notification:\n    build: {context: ./notification, dockerfile: Dockerfile}\n    expose: ["8003"]\n    environment: {REDIS_URL: "redis://redis:6379"}\n    depends_on: [redis]\n  redis:\n    image: redis:7-alpine\n    command: redis-server --maxmemory 512mb\n  db:\n    image: postgres:15-alpine\n    environment:\n      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-postgres}\n    volumes: ["pg:/var/lib/postgresql/data"]\n  pgbouncer:\n    image: edoburu/pgbouncer:latest\n    environment: {DB_HOST: db, POOL_MODE: transaction}\n    depends_on: {db: {condition: service_healthy}}\nvolumes: {pg: }\n',
        "backend/docker-compose.prod.yml": 'services:\n  gateway:\n    build: {context: ./go_services/gateway, dockerfile: Dockerfile}\n    ports: ["80:80"]\n  web:\n    build: {context: ./django, dockerfile: Dockerfile}\n    restart: always\n',
        "backend/django/Dockerfile": 'FROM python:3.11-slim\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nCOPY entrypoint.sh /entrypoint.sh\nRUN chmod +x /entrypoint.sh\nEXPOSE 8000\nENTRYPOINT ["/entrypoint.sh"]\n',
        "backend/django/entrypoint.sh": '#!/bin/sh\nset -e\necho "Running database migrations..."\npython manage.py migrate --noinput\nexec daphne -b 0.0.0.0 -p 8000 delivery.asgi:application\n',
        "backend/django/requirements.txt": "Django==5.2.1\ndjangorestframework==3.16.0\ndj-database-url==2.1.0\ndaphne==4.2.0\nchannels==4.2.2\nchannels-redis==4.2.1\npsycopg2-binary>=2.9,<3.0\ndramatiq[redis]==1.18.0\nredis==6.2.0\ngoogle-cloud-storage==3.1.0\n",
        "backend/django/manage.py": "#!/usr/bin/env python\n",
        "backend/django/delivery/__init__.py": "",
        "backend/django/delivery/asgi.py": "from channels.routing import ProtocolTypeRouter\nfrom django.core.asgi import get_asgi_application\n\napplication = ProtocolTypeRouter({'http': get_asgi_application()})\n",
        "backend/django/delivery/wsgi.py": "from django.core.wsgi import get_wsgi_application\n\napplication = get_wsgi_application()\n",
        "backend/django/delivery/settings.py": "import dj_database_url\n\nDATABASES = {'default': dj_database_url.config()}\n",
        "backend/notification/Dockerfile": 'FROM python:3.11-slim\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nCMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8003", "--workers", "1"]\n',
        "backend/notification/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n",
        "backend/notification/requirements.txt": "fastapi\nuvicorn\nredis\nfirebase-admin\n",
        "backend/go_services/gateway/Dockerfile": 'FROM golang:1.22-alpine AS builder\nWORKDIR /app\nCOPY go.mod ./\nCOPY . .\nRUN go build -o gateway .\nFROM alpine:3.19\nCOPY --from=builder /app/gateway /gateway\nENTRYPOINT ["/gateway"]\n',
        "backend/go_services/gateway/go.mod": "module gateway\n\ngo 1.22\n",
        "backend/go_services/gateway/main.go": "package main\n\nfunc main() {\n}\n",
        "backend/go_services/location/Dockerfile": 'FROM golang:1.22-alpine AS builder\nWORKDIR /app\nCOPY . .\nRUN go build -o location .\nFROM alpine:3.19\nCOPY --from=builder /app/location /location\nENTRYPOINT ["/location"]\n',
        "backend/go_services/location/go.mod": "module location\n\ngo 1.22\n\nrequire (\n\tgithub.com/jackc/pgx/v5 v5.5.0\n\tgithub.com/redis/go-redis/v9 v9.5.1\n)\n",
        "backend/go_services/location/main.go": "package main\n\nfunc main() {\n}\n",
        "backend/go_services/matching/Dockerfile": 'FROM golang:1.22-alpine AS builder\nWORKDIR /app\nCOPY . .\nRUN go build -o matching .\nFROM alpine:3.19\nCOPY --from=builder /app/matching /matching\nENTRYPOINT ["/matching"]\n',
        "backend/go_services/matching/go.mod": "module matching\n\ngo 1.22\n",
        "backend/go_services/matching/main.go": "package main\n\nfunc main() {\n}\n",
        "backend/infrastructure/monitoring/prometheus.yml": "scrape_configs: []\n",
        "client_app/app/build.gradle.kts": 'plugins { id("com.android.application") }\n',
        "driver_app/app/build.gradle.kts": 'plugins { id("com.android.application") }\n',
        "frontend/package.json": '{"name": "delivery-frontend", "private": true, "scripts": {"dev": "next dev", "build": "next build", "start": "next start -p 3000"}, "dependencies": {"next": "^15.2.4", "react": "^19.1.0"}}\n',
        "frontend/src/app/page.tsx": "export default function Page() { return null }\n",
    },
    (
        "gateway.*/gateway",
        "location.*/location",
        "matching.*/matching",
        "daphne .*delivery\\.asgi:application|entrypoint\\.sh",
        "dramatiq delivery_server\\.tasks",
        "uvicorn main:app",
        "npm start|next start",
    ),
    ("postgres", "redis", "object_store"),
)

OTHERS = (
    CAMPUS_MAP, EXPRESS_TEMPLATE, QUEUE_WORKER, NEXT_COMPOSE, CELERY_SERVICES, MOVIES, MEETINGS,
    CALORIES, BLOG, LARAVEL, SENTIMENT, CHATBOT, TRANSLATE, FOOD_ORDER, JOBS, DELIVERY,
)  # fmt: skip
