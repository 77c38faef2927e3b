"""Small repositories of the shapes that teams have, each with what is to be found in it."""

# ruff: noqa: E501  (lines of other people's files)
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Shape:
    """Files, the start command of each service of our own, and the kinds of the stores."""

    name: str
    files: Mapping[str, str]
    commands: Mapping[str, str | None]
    stores: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)


_FASTAPI = "from fastapi import FastAPI\n\napp = FastAPI()\n"
_PACKAGE_NEXT = '{"name": "web", "scripts": {"dev": "next dev", "build": "next build", "start": "next start"}, "dependencies": {"next": "14.2.0", "react": "18"}}'
_PACKAGE_VITE = '{"name": "ui", "scripts": {"dev": "vite", "build": "vite build"}, "dependencies": {"react": "18"}, "devDependencies": {"vite": "5"}}'
_PACKAGE_EXPRESS = '{"name": "api", "main": "server.js", "scripts": {"start": "node server.js", "dev": "nodemon server.js"}, "dependencies": {"express": "4", "mongoose": "8"}}'

FULL_STACK = Shape(
    "full-stack",
    {
        "docker-compose.yml": """\
services:
  db:
    image: postgres:16
    restart: always
    healthcheck:
      test: ["CMD-SHELL", "pg_isready -U ${POSTGRES_USER} -d ${POSTGRES_DB}"]
      interval: 10s
      retries: 5
      start_period: 30s
      timeout: 10s
    volumes:
      - app-db-data:/var/lib/postgresql/data/pgdata
    env_file:
      - .env
    environment:
      - PGDATA=/var/lib/postgresql/data/pgdata
      - POSTGRES_PASSWORD=${POSTGRES_PASSWORD?Variable not set}
      - POSTGRES_USER=${POSTGRES_USER?Variable not set}
      - POSTGRES_DB=${POSTGRES_DB?Variable not set}
  adminer:
    image: adminer
    restart: always
    depends_on: [db]
  prestart:
    image: '${DOCKER_IMAGE_BACKEND?Variable not set}:${TAG-latest}'
    build:
      context: ./backend
    depends_on:
      db: {condition: service_healthy}
    command: bash scripts/prestart.sh
    env_file: [.env]
  backend:
    image: '${DOCKER_IMAGE_BACKEND?Variable not set}:${TAG-latest}'
    restart: always
    depends_on:
      db: {condition: service_healthy, restart: true}
      prestart: {condition: service_completed_successfully}
    env_file: [.env]
    environment:
      - SECRET_KEY=${SECRET_KEY?Variable not set}
      - POSTGRES_SERVER=db
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:8000/api/v1/utils/health-check/"]
      interval: 10s
    build:
      context: ./backend
  frontend:
    image: '${DOCKER_IMAGE_FRONTEND?Variable not set}:${TAG-latest}'
    build:
      context: ./frontend
      args:
        - VITE_API_URL=https://api.example.com
        - NODE_ENV=production
volumes:
  app-db-data:
""",
        ".env": "POSTGRES_USER=postgres\nPOSTGRES_DB=app\nPOSTGRES_PASSWORD=changethis\nDOCKER_IMAGE_BACKEND=backend\nDOCKER_IMAGE_FRONTEND=frontend\nSECRET_KEY=changethis\n",
        "backend/Dockerfile": """\
FROM python:3.10
WORKDIR /app/
COPY ./pyproject.toml ./uv.lock ./alembic.ini /app/
COPY ./app /app/app
CMD ["fastapi", "run", "--workers", "4", "app/main.py"]
""",
        "backend/pyproject.toml": '[project]\nname = "app"\nrequires-python = ">=3.10,<4.0"\ndependencies = [\n  "fastapi[standard]>=0.114",\n  "psycopg[binary]>=3.1",\n  "alembic>=1.12",\n]\n',
        "backend/app/__init__.py": "",
        "backend/app/main.py": _FASTAPI,
        "backend/scripts/prestart.sh": "#! /usr/bin/env bash\nset -e\npython app/backend_pre_start.py\nalembic upgrade head\npython app/initial_data.py\n",
        "frontend/Dockerfile": "FROM node:20 AS build-stage\nWORKDIR /app\nCOPY package*.json /app/\nRUN npm ci\nCOPY ./ /app/\nRUN npm run build\n\nFROM nginx:1\nCOPY --from=build-stage /app/dist/ /usr/share/nginx/html\n",
        "frontend/package.json": _PACKAGE_VITE,
        "frontend/index.html": "<html></html>",
    },
    {
        "backend": "fastapi run --workers 4 app/main.py",
        "frontend": None,
        "prestart": "bash scripts/prestart.sh",
    },
    ("postgres",),
    ("adminer",),
    {"frontend": "frontend", "backend": "service"},
)

COOKIECUTTER = Shape(
    "django-template",
    {
        "docker-compose.local.yml": """\
volumes:
  shop_local_postgres_data: {}
services:
  django: &django
    build:
      context: .
      dockerfile: ./compose/local/django/Dockerfile
    image: shop_local_django
    container_name: shop_local_django
    depends_on: [postgres, redis]
    volumes:
      - .:/app:z
    env_file:
      - ./.envs/.local/.django
      - ./.envs/.local/.postgres
    ports:
      - '8000:8000'
    command: /start
  postgres:
    build:
      context: .
      dockerfile: ./compose/production/postgres/Dockerfile
    volumes:
      - shop_local_postgres_data:/var/lib/postgresql/data
    env_file: [./.envs/.local/.postgres]
  redis:
    image: docker.io/redis:6
  celeryworker:
    <<: *django
    image: shop_local_celeryworker
    ports: []
    command: /start-celeryworker
  celerybeat:
    <<: *django
    image: shop_local_celerybeat
    ports: []
    command: /start-celerybeat
""",
        "docker-compose.production.yml": """\
volumes:
  production_postgres_data: {}
services:
  django: &django
    build:
      context: .
      dockerfile: ./compose/production/django/Dockerfile
    image: shop_production_django
    depends_on: [postgres, redis]
    env_file: [./.envs/.production/.django, ./.envs/.production/.postgres]
    command: /start
  postgres:
    build: {context: ., dockerfile: ./compose/production/postgres/Dockerfile}
    image: shop_production_postgres
    volumes: [production_postgres_data:/var/lib/postgresql/data]
  traefik:
    build: {context: ., dockerfile: ./compose/production/traefik/Dockerfile}
    depends_on: [django]
    ports: ['0.0.0.0:80:80', '0.0.0.0:443:443']
  redis:
    image: docker.io/redis:6
  celeryworker:
    <<: *django
    image: shop_production_celeryworker
    command: /start-celeryworker
  celerybeat:
    <<: *django
    command: /start-celerybeat
""",
        "compose/production/django/Dockerfile": 'FROM docker.io/python:3.12-slim AS python\nFROM python AS python-run-stage\nCOPY ./compose/production/django/start /start\nCOPY . /app\nENTRYPOINT ["/entrypoint"]\n',
        "compose/production/django/start": "#!/bin/bash\nset -o errexit\npython /app/manage.py collectstatic --noinput\nexec /usr/local/bin/gunicorn config.wsgi --bind 0.0.0.0:5000 --chdir=/app\n",
        "compose/local/django/start": "#!/bin/bash\npython manage.py migrate\nexec python manage.py runserver_plus 0.0.0.0:8000\n",
        "compose/local/django/Dockerfile": "FROM docker.io/python:3.12-slim\nCOPY . /app\n",
        "compose/production/django/celery/worker/start": "#!/bin/bash\nexec celery -A config.celery_app worker -l INFO\n",
        "compose/production/postgres/Dockerfile": "FROM docker.io/postgres:16\n",
        "compose/production/traefik/Dockerfile": "FROM docker.io/traefik:3.1\n",
        "manage.py": "#!/usr/bin/env python\nimport os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings.local')\n",
        "config/__init__.py": "",
        "config/wsgi.py": "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
        "config/celery_app.py": "from celery import Celery\napp = Celery('shop')\n",
        "requirements/base.txt": "django==5.0\ncelery==5.4\nredis==5.0\nargon2-cffi==23.1\n",
        "requirements/production.txt": "-r base.txt\ngunicorn==22.0\npsycopg[c]==3.2\n",
    },
    {"django": "/start", "celeryworker": "/start-celeryworker", "celerybeat": "/start-celerybeat"},
    ("postgres", "redis"),
    ("traefik",),
    {"celeryworker": "worker", "celerybeat": "worker", "django": "service"},
)

FLASK_PROCFILE = Shape(
    "flask-procfile",
    {
        "Procfile": "release: flask db upgrade\nweb: gunicorn --bind 0.0.0.0:$PORT wsgi:app\nworker: celery -A tasks worker\n",
        "requirements.txt": "Flask==3.0\nFlask-SQLAlchemy==3.1\ngunicorn==22.0\npsycopg2-binary==2.9\nredis==5.0\ncelery==5.4\n",
        "wsgi.py": "from shop import create_app\n\napp = create_app()\n",
        "shop/__init__.py": "from flask import Flask\n\n\ndef create_app():\n    app = Flask(__name__)\n    return app\n",
        "tasks.py": "from celery import Celery\ncelery = Celery('tasks')\n",
    },
    {"api": "gunicorn --bind 0.0.0.0:$PORT wsgi:app", "worker": "celery -A tasks worker"},
    ("postgres", "redis"),
)

BARE_FASTAPI = Shape(
    "bare-fastapi",
    {
        "requirements.txt": "fastapi\nuvicorn[standard]\nmotor\n",
        "src/main.py": "import os\nfrom fastapi import FastAPI\nfrom routes import items\napp: FastAPI = FastAPI(title='x')\nMONGO = os.environ['MONGO_URL']\n",
        "src/routes/items.py": "from fastapi import APIRouter\nrouter = APIRouter()\n",
        "tests/test_main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
    },
    {"api": "uvicorn main:app --app-dir src --host 0.0.0.0 --port 8000"},
    ("mongodb",),
)

FACTORY = Shape(
    "factory",
    {
        "pyproject.toml": '[tool.poetry]\nname = "svc"\n[tool.poetry.dependencies]\npython = "^3.11"\nfastapi = "*"\nuvicorn = "*"\nasyncpg = "*"\nredis = "*"\n',
        "svc/__init__.py": "",
        "svc/application.py": "from fastapi import FastAPI\n\ndef get_app() -> FastAPI:\n    app = FastAPI()\n    return app\n",
        "svc/__main__.py": "import uvicorn\n\ndef main():\n    uvicorn.run('svc.application:get_app', factory=True, port=8080)\n\nif __name__ == '__main__':\n    main()\n",
    },
    {"api": "uvicorn svc.application:get_app --factory --host 0.0.0.0 --port 8000"},
    ("postgres", "redis"),
)

MONOREPO = Shape(
    "monorepo",
    {
        "backend/requirements.txt": "fastapi==0.110\nuvicorn==0.29\nSQLAlchemy==2.0\n",
        "backend/app/main.py": "from fastapi import FastAPI\nfrom app.api import router\napp = FastAPI()\napp.include_router(router)\n",
        "backend/app/api.py": "from fastapi import APIRouter\nrouter = APIRouter()\n",
        "backend/app/config.py": "import os\nDATABASE_URL = os.getenv('DATABASE_URL', 'postgresql+asyncpg://user:pw@localhost/app')\n",
        "frontend/package.json": _PACKAGE_NEXT,
        "package.json": '{"name": "root", "private": true, "devDependencies": {"husky": "9"}}',
        "README.md": "# Shop\n\n```bash\ncd backend && uvicorn app.main:app --reload\n```\n",
    },
    {
        "backend": "uvicorn app.main:app --host 0.0.0.0 --port 8000",
        "frontend": "npm start",
    },
    ("postgres",),
    (),
    {"frontend": "frontend"},
)

MERN = Shape(
    "mern",
    {
        "server/package.json": _PACKAGE_EXPRESS,
        "server/server.js": "const express = require('express');\nprocess.env.MONGO_URI;\n",
        "client/package.json": '{"name": "client", "scripts": {"start": "react-scripts start", "build": "react-scripts build"}, "dependencies": {"react-scripts": "5", "react": "18"}}',
        "client/public/index.html": "<html></html>",
        "docker-compose.yml": "version: '3'\nservices:\n  mongo:\n    image: mongo:6\n    ports: ['27017:27017']\n",
    },
    {"server": "npm start", "client": None},
    ("mongodb",),
    (),
    {"client": "frontend", "server": "service"},
)

NEST = Shape(
    "nest",
    {
        "package.json": '{"name": "api", "scripts": {"build": "nest build", "start": "nest start", "start:dev": "nest start --watch", "start:prod": "node dist/main"}, "dependencies": {"@nestjs/core": "10", "typeorm": "0.3", "pg": "8", "bullmq": "5"}}',
        "src/main.ts": "import { NestFactory } from '@nestjs/core';\nprocess.env.REDIS_URL;\n",
        "yarn.lock": "",
        ".env.example": "DATABASE_HOST=localhost\nJWT_SECRET=change-me\nPORT=3000\n",
    },
    {"api": "yarn start:prod"},
    ("postgres", "redis"),
)

STREAMLIT = Shape(
    "streamlit",
    {
        "requirements.txt": "streamlit\npandas\nopenai\n",
        "app.py": "import streamlit as st\n\nst.set_page_config('x')\nst.title('Hello')\n",
        "pages/1_more.py": "import streamlit as st\nst.write('x')\n",
    },
    {"api": "streamlit run app.py --server.address 0.0.0.0 --server.port 8501"},
)

GO = Shape(
    "go",
    {
        "go.mod": "module example.com/shop\n\ngo 1.22\n\nrequire (\n\tgithub.com/jackc/pgx/v5 v5.5.0\n\tgithub.com/redis/go-redis/v9 v9.0.0\n)\n",
        "cmd/api/main.go": "package main\n\nfunc main() {\n}\n",
        "cmd/worker/main.go": "package main\n\nfunc main() {\n}\n",
        "Dockerfile": 'FROM golang:1.22 AS build\nWORKDIR /src\nCOPY go.mod .\nCOPY . .\nRUN go build -o /api ./cmd/api\nFROM gcr.io/distroless/base\nCOPY --from=build /api /api\nEXPOSE 8080\nENTRYPOINT ["/api"]\n',
    },
    {"api": "/api"},
    ("postgres", "redis"),
)

SPRING = Shape(
    "spring",
    {
        "pom.xml": "<project><dependencies><dependency><artifactId>spring-boot-starter-web</artifactId></dependency>\n<dependency><groupId>org.postgresql</groupId><artifactId>postgresql</artifactId></dependency></dependencies></project>",
        "src/main/resources/application.properties": "spring.datasource.url=jdbc:postgresql://localhost:5432/shop\n",
        "Dockerfile": 'FROM eclipse-temurin:21-jre\nCOPY target/app.jar app.jar\nEXPOSE 8080\nENTRYPOINT ["java", "-jar", "/app.jar"]\n',
    },
    {"api": "java -jar /app.jar"},
    ("postgres",),
)

RAILS = Shape(
    "rails",
    {
        "Gemfile": "source 'https://rubygems.org'\ngem 'rails', '~> 7.1'\ngem 'pg'\ngem 'sidekiq'\n",
        "Procfile": "web: bundle exec puma -C config/puma.rb\nworker: bundle exec sidekiq\n",
        "config.ru": "run Rails.application\n",
    },
    {"api": "bundle exec puma -C config/puma.rb", "worker": "bundle exec sidekiq"},
    ("postgres", "redis"),
)

VOTING = Shape(
    "voting",
    {
        "docker-compose.yml": """\
services:
  vote:
    build: {context: ./vote, target: dev}
    depends_on: {redis: {condition: service_healthy}}
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost"]
      interval: 15s
      timeout: 5s
      retries: 3
      start_period: 10s
    volumes: [./vote:/usr/local/app]
    ports: ["8080:80"]
    networks: [front-tier, back-tier]
  result:
    build: ./result
    entrypoint: nodemon --inspect=0.0.0.0 server.js
    depends_on: {db: {condition: service_healthy}}
    ports: ["8081:80", "127.0.0.1:9229:9229"]
  worker:
    build: {context: ./worker}
    depends_on: [redis, db]
  redis:
    image: redis:alpine
    healthcheck: {test: /healthchecks/redis.sh, interval: "5s"}
    volumes: ["./healthchecks:/healthchecks"]
  db:
    image: postgres:15-alpine
    environment: {POSTGRES_USER: "postgres", POSTGRES_PASSWORD: "postgres"}
    volumes: ["db-data:/var/lib/postgresql/data"]
  seed:
    build: ./seed-data
    profiles: ["seed"]
    depends_on: {vote: {condition: service_healthy}}
    restart: "no"
volumes: {db-data: }
networks: {front-tier: , back-tier: }
""",
        "vote/Dockerfile": 'FROM python:3.11-slim AS base\nWORKDIR /usr/local/app\nCOPY requirements.txt ./\n\nFROM base AS dev\nRUN pip install watchdog\nENV FLASK_ENV=development\nCMD ["python", "app.py"]\n\nFROM base AS final\nCOPY . .\nEXPOSE 80\nCMD ["gunicorn", "app:app", "-b", "0.0.0.0:80"]\n',
        "vote/requirements.txt": "Flask\nRedis\ngunicorn\n",
        "vote/app.py": "from flask import Flask\napp = Flask(__name__)\nif __name__ == '__main__':\n    app.run(host='0.0.0.0', port=80)\n",
        "result/Dockerfile": 'FROM node:18-slim\nWORKDIR /usr/local/app\nCOPY package*.json ./\nCOPY . .\nENV PORT=80\nEXPOSE 80\nENTRYPOINT ["/usr/bin/tini", "--"]\nCMD ["node", "server.js"]\n',
        "result/package.json": '{"name": "result", "scripts": {"start": "node server.js"}, "dependencies": {"express": "4", "pg": "8"}}',
        "worker/Dockerfile": 'FROM --platform=${BUILDPLATFORM} mcr.microsoft.com/dotnet/sdk:7.0 AS build\nCOPY *.csproj .\nFROM mcr.microsoft.com/dotnet/runtime:7.0\nENTRYPOINT ["dotnet", "Worker.dll"]\n',
        "seed-data/Dockerfile": 'FROM python:3.9-slim\nCMD ["/seed/generate-votes.sh"]\n',
    },
    {
        "vote": "python app.py",
        "result": "node server.js",
        "worker": "dotnet Worker.dll",
        "seed": "/seed/generate-votes.sh",
    },
    ("postgres", "redis"),
    (),
    {"worker": "worker"},
)

SHAPES = (
    FULL_STACK, COOKIECUTTER, FLASK_PROCFILE, BARE_FASTAPI, FACTORY, MONOREPO, MERN, NEST,
    STREAMLIT, GO, SPRING, RAILS, VOTING,
)  # fmt: skip
