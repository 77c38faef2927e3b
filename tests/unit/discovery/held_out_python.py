"""Public repositories in Python, in short: Django, FastAPI, Flask, workers and bots."""

# ruff: noqa: E501  (lines of other people's files)
from __future__ import annotations

from tests.unit.discovery.held_out import PAGES, Repository

_VITE = '{"name": "frontend", "private": true, "type": "module", "scripts": {"dev": "vite", "build": "tsc && vite build", "preview": "vite preview"}, "dependencies": {"axios": "^1.7", "react": "^18.3", "react-dom": "^18.3"}, "devDependencies": {"@vitejs/plugin-react": "^4.3", "vite": "^5.4"}}\n'

SIGNALS = Repository(
    "signals: FastAPI and Celery on Railway, compose for the stores only",
    {
        "Procfile": "web: alembic upgrade head && uvicorn app.main:app --host 0.0.0.0 --port ${PORT:-8000} --workers 1 --limit-concurrency 100\nworker: celery -A app.tasks.celery_app worker --loglevel=info --concurrency=2\nbeat: celery -A app.tasks.celery_app beat --loglevel=info\n",
        "railway.toml": '[build]\nbuilder = "NIXPACKS"\n\n[deploy]\nstartCommand = "uvicorn app.main:app --host 0.0.0.0 --port $PORT"\nhealthcheckPath = "/health"\n',
        "docker-compose.yml": "services:\n  postgres:\n    image: postgres:15-alpine\n    environment: {POSTGRES_USER: postgres, POSTGRES_PASSWORD: postgres}\n    ports: ['5432:5432']\n    volumes: ['pg:/var/lib/postgresql/data']\n  redis:\n    image: redis:7-alpine\n    ports: ['6379:6379']\nvolumes: {pg: }\n",
        "requirements.txt": "# web\nfastapi==0.104.1\nuvicorn[standard]==0.24.0\nsqlalchemy==2.0.23\nalembic==1.12.1\npsycopg2-binary==2.9.9\nredis==5.0.1\nhiredis==2.2.3\ncelery==5.3.4\nflower==2.0.1\npandas==2.1.3\n",
        "app/__init__.py": "",
        "app/main.py": "from fastapi import FastAPI\n\nfrom app.api.v1 import stocks\nfrom app.config import settings\n\napp = FastAPI(title='signals')\napp.include_router(stocks.router)\n",
        "app/config.py": "from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n    database_url: str\n    redis_url: str = 'redis://localhost:6379/0'\n\n\nsettings = Settings()\n",
        "app/api/v1/__init__.py": "",
        "app/api/v1/stocks.py": "from fastapi import APIRouter\n\nrouter = APIRouter()\n",
        "app/tasks/__init__.py": "",
        "app/tasks/celery_app.py": "from celery import Celery\n\nfrom app.config import settings\n\ncelery_app = Celery('signals', broker=settings.celery_broker_url)\n",
        "start_server.sh": "#!/bin/bash\nset -e\nsource venv/bin/activate\npip install -r requirements.txt\nuvicorn app.main:app --reload --host 0.0.0.0 --port 8000\n",
        "scripts/start_celery.sh": "#!/bin/bash\ncelery -A app.tasks.celery_app worker --loglevel=info &\ncelery -A app.tasks.celery_app beat --loglevel=info\n",
        "scripts/run_migration.py": "import os\n\nif __name__ == '__main__':\n    print(os.environ['DATABASE_URL'])\n",
        "scripts/train_models.py": "def main():\n    pass\n\n\nif __name__ == '__main__':\n    main()\n",
        "alembic/env.py": "from alembic import context\n",
        "README.md": "# Signals\n\n```bash\nuvicorn app.main:app --reload\ncelery -A app.tasks.celery_app worker\n```\n",
    },
    (
        "uvicorn app\\.main:app",
        "celery -A app\\.tasks\\.celery_app worker",
        "celery -A app\\.tasks\\.celery_app beat",
    ),
    ("postgres", "redis"),
)

COURSE_PROJECT = Repository(
    "course-project: Flask behind an entrypoint, a Vite page without a container of compose",
    {
        "docker-compose.yml": "services:\n  db:\n    image: postgres:15\n    environment:\n      POSTGRES_USER: ${DB_USER}\n      POSTGRES_PASSWORD: ${DB_PASS}\n    volumes: ['data:/var/lib/postgresql/data']\n  web:\n    build: .\n    command: /app/entrypoint.sh\n    ports: ['5070:5000']\n    depends_on: {db: {condition: service_healthy}}\n    env_file: [.env]\n    volumes: ['.:/app']\nvolumes: {data: }\n",
        "docker-compose.external-db.yml": "services:\n  web:\n    build: .\n    ports: ['5070:5000']\n    env_file: [.env]\n",
        "Dockerfile": 'FROM python:3.11-slim\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . /app\nRUN chmod +x entrypoint.sh\nENTRYPOINT ["/app/entrypoint.sh"]\nCMD ["gunicorn", "--bind", "0.0.0.0:5000", "app:create_app()"]\n',
        "Dockerfile.frontend": 'FROM node:18-alpine\nWORKDIR /app\nCOPY frontend/package*.json ./\nRUN npm install\nCOPY frontend/ .\nEXPOSE 5173\nCMD ["npm", "run", "dev", "--", "--host", "0.0.0.0"]\n',
        "entrypoint.sh": "#!/usr/bin/env sh\nset -e\nsleep 2\npython - <<'PY'\nfrom app import create_app, db\nwith create_app().app_context():\n    db.create_all()\nPY\nexec gunicorn -b 0.0.0.0:5000 \"app:create_app()\"\n",
        "requirements.txt": "Flask>=3.0\nFlask-SQLAlchemy>=3.1\nFlask-Migrate>=4.0\ngunicorn>=20.1\npsycopg2-binary>=2.9\n",
        "app/__init__.py": "from flask import Flask\nfrom flask_sqlalchemy import SQLAlchemy\n\ndb = SQLAlchemy()\n\n\ndef create_app():\n    app = Flask(__name__)\n    db.init_app(app)\n    return app\n",
        "app/routes.py": "from flask import Blueprint\n\nbp = Blueprint('main', __name__)\n",
        "app/seed_data.py": "from app import create_app\n\napp = create_app()\n",
        "migrations/versions/76f6510e131a_initial.py": "revision = '76f6510e131a'\n",
        "setup.sh": "#!/bin/bash\ndocker compose up --build -d\ncd frontend && npm install && npm run dev\n",
        "frontend/package.json": _VITE,
        "frontend/index.html": "<html></html>",
        "frontend/src/App.jsx": "export default () => null\n",
        "AdminDashboard.jsx": "export default () => null\n",
    },
    ("gunicorn .*app:create_app\\(\\)", PAGES),
    ("postgres",),
)

TRANSACTIONS = Repository(
    "transactions: Django and Celery, started by a script that compose names",
    {
        "docker-compose.yml": 'version: "3.2"\nservices:\n  app:\n    build: {context: ., dockerfile: Dockerfile}\n    command: >\n        sh -c "./init.bash"\n    restart: always\n    ports: ["8000:8000"]\n    volumes: ["./app:/app"]\n    environment:\n      - DB_HOST=database\n      - DB_PASS=changeme\n    depends_on: [database]\n  database:\n    image: postgres:10-alpine\n    environment: [POSTGRES_DB=ledger, POSTGRES_PASSWORD=changeme]\n  redis:\n    image: redis:alpine\n  celery:\n    restart: always\n    build: {context: .}\n    command: celery -A main worker -l info\n    environment:\n      - DB_HOST=redis\n    depends_on: [database, redis, app]\n',
        "Dockerfile": 'FROM python:3.9\nWORKDIR /usr/src/app\nCOPY requirements.txt ./\nRUN pip install -r requirements.txt\nCOPY . /usr/src/app/\nRUN ["chmod", "+x", "init.bash"]\nEXPOSE 8000\n',
        "init.bash": "#!/bin/bash\npython manage.py migrate\npython manage.py createsuperuserwithpassword --username admin --password admin\npython manage.py runserver 0.0.0.0:8000\n",
        "requirements.txt": "amqp==5.1.1\nasgiref==3.5.2\nbilliard==3.6.4.0\ncelery==5.2.6\nclick==8.1.3\nDjango==4.0.4\ndjango-dramatiq==0.10.0\ndramatiq==1.13.0\npika==1.2.1\npsycopg2-binary==2.8.6\nredis==4.3.1\nsix==1.16.0\nvine==5.0.0\nwatchdog==2.1.8\nwrapt==1.14.1\n",
        "manage.py": "#!/usr/bin/env python\nimport os\n\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'serv.settings')\n",
        "main/__init__.py": "from .celery import app as celery_app\n",
        "main/celery.py": "import os\n\nfrom celery import Celery\n\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'serv.settings')\napp = Celery('main')\napp.config_from_object('django.conf:settings', namespace='CELERY')\napp.autodiscover_tasks()\n",
        "main/tasks.py": "from main.celery import app\n",
        "serv/__init__.py": "",
        "serv/settings.py": "import os\n\nDATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'HOST': os.environ.get('DB_HOST')}}\nCELERY_BROKER_URL = 'redis://redis:6379'\n",
        "serv/wsgi.py": "from django.core.wsgi import get_wsgi_application\n\napplication = get_wsgi_application()\n",
        "serv/urls.py": "urlpatterns = []\n",
        "readme.md": "To run the server use: docker-compose up\n",
    },
    ("init\\.bash|runserver", "celery -A main worker"),
    ("postgres", "redis"),
)

VIDEO_MAKER = Repository(
    "video-maker: Flask and an RQ worker of one image; older copies of both in a folder",
    {
        "docker-compose.yml": "version: '3'\nservices:\n  flask-app:\n    image: gcr.io/some-project/flask-app\n    build: {context: ., dockerfile: Dockerfile}\n    ports: ['5000:5000']\n    command: python app.py\n  rq-worker:\n    image: gcr.io/some-project/rq-worker\n    build: {context: ., dockerfile: Dockerfile}\n    ports: ['8080:8080']\n    command: python worker.py\n",
        "Dockerfile": "FROM python:3.9-slim\nWORKDIR /app\nRUN apt-get update && apt-get install -y ffmpeg\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nCMD python worker.py\n",
        "redis-server/Dockerfile": "FROM redis:latest\nEXPOSE 6379\n",
        "requirements.txt": "aiohttp==3.8.4\namqp==5.1.1\nFlask==2.3.2\nFlask-MySQL==1.5.2\ngoogle-cloud-storage==2.9.0\ngunicorn==20.1.0\nmysql-connector-python==8.0.33\nopenai==0.27.6\nPyMySQL==1.0.3\nredis==3.4.1\nrq==1.2.2\nrq-scheduler==0.13.1\nSQLAlchemy==2.0.15\n",
        "app.py": "import os\n\nimport mysql.connector\nfrom flask import Flask\nfrom flask_socketio import SocketIO\nfrom google.cloud import storage\nfrom redis import Redis\nfrom rq import Queue\n\napp = Flask(__name__)\nsocketio = SocketIO(app)\nredis_conn = Redis(host=os.environ.get('REDIS_HOST'))\nq = Queue(connection=redis_conn)\n\n\ndef connect():\n    return mysql.connector.connect(host=os.environ.get('SQL_HOST'))\n\n\nif __name__ == '__main__':\n    app.run(host='0.0.0.0', port=5000)\n",
        "worker.py": "import os\n\nfrom redis import Redis\nfrom rq import Connection, Queue, Worker\n\nif __name__ == '__main__':\n    with Connection(Redis(host=os.environ.get('REDIS_HOST'))):\n        Worker(map(Queue, ['default'])).work()\n",
        "flask_app/app.py": "from flask import Flask\nfrom redis import Redis\nfrom rq import Queue\n\napp = Flask(__name__)\nq = Queue(connection=Redis())\n\nif __name__ == '__main__':\n    app.run()\n",
        "flask_app/worker.py": "from redis import Redis\nfrom rq import Connection, Queue, Worker\n\nif __name__ == '__main__':\n    with Connection(connection=Redis()):\n        worker = Worker(map(Queue, ['default']))\n        worker.work()\n",
        "flask_app/src/__init__.py": "",
        "flask_app/src/scripter.py": "def main():\n    pass\n",
        "flask_app/templates/index.html": "<html></html>",
        "create_video.py": "def create():\n    pass\n",
        "conversation_test.py": "import openai\n",
        "README.md": "## PDF to video\n\n1. Run worker.py file ```python worker.py```\n2. Run flask app ```GOOGLE_APPLICATION_CREDENTIALS=google_creds.json flask run```\n",
    },
    ("python app\\.py", "python worker\\.py"),
    ("redis", "mysql", "object_store"),
)

TALENT = Repository(
    "talent: everything below app/, compose and Dockerfiles in app/infra, an RQ worker, Next",
    {
        "app/infra/docker-compose.yml": 'version: "3.10"\nservices:\n  db:\n    image: ankane/pgvector:pg16\n    environment: {POSTGRES_PASSWORD: postgres}\n    ports: ["5432:5432"]\n  redis:\n    image: redis:7\n  api:\n    build: {context: .., dockerfile: infra/dockerfiles/api.Dockerfile}\n    depends_on: [db, redis]\n    env_file: [../.env]\n    environment:\n      DATABASE_URL: postgresql+psycopg2://postgres:postgres@db:5432/talent\n      REDIS_URL: redis://redis:6379/0\n    volumes: ["../:/app"]\n    command: uvicorn api.main:app --host 0.0.0.0 --port 8000 --reload\n    ports: ["8000:8000"]\n  worker:\n    build: {context: .., dockerfile: infra/dockerfiles/worker.Dockerfile}\n    depends_on: [api, redis]\n    environment:\n      REDIS_URL: redis://redis:6379/0\n    volumes: ["../:/app"]\n  web:\n    build: {context: ../web, dockerfile: ../infra/dockerfiles/web.Dockerfile}\n    depends_on: [api]\n    environment: {NEXT_PUBLIC_API_URL: "http://localhost:8000"}\n    ports: ["3000:3000"]\n    volumes: ["../web:/app", /app/node_modules]\n',
        "app/infra/dockerfiles/api.Dockerfile": 'FROM python:3.11-slim\nWORKDIR /app\nRUN pip install poetry==1.8.3\nCOPY pyproject.toml poetry.lock* ./\nRUN poetry install\nCOPY . .\nCMD ["uvicorn", "api.main:app", "--host", "0.0.0.0", "--port", "8000"]\n',
        "app/infra/dockerfiles/worker.Dockerfile": 'FROM python:3.11-slim\nWORKDIR /app\nRUN pip install poetry==1.8.3\nCOPY pyproject.toml poetry.lock* ./\nRUN poetry install\nCOPY . .\nCMD ["rq", "worker", "--url", "redis://redis:6379/0", "connectors"]\n',
        "app/infra/dockerfiles/web.Dockerfile": 'FROM node:20-alpine\nWORKDIR /app\nCOPY package.json package-lock.json* ./\nRUN npm install\nCOPY . .\nCMD ["npm", "run", "dev"]\n',
        "app/infra/env.example": "DATABASE_URL=postgresql+psycopg2://postgres:postgres@localhost:5432/talent\nREDIS_URL=redis://localhost:6379/0\n",
        "app/infra/models.yaml": "models:\n  - name: tagger\n    provider: local\n",
        "app/pyproject.toml": '[tool.poetry]\nname = "talent"\nversion = "0.1.0"\n[tool.poetry.dependencies]\npython = "^3.11"\nfastapi = "0.111.0"\nuvicorn = { extras = ["standard"], version = "0.30.1" }\nsqlalchemy = "2.0.32"\nalembic = "1.13.2"\npsycopg2-binary = "2.9.9"\nredis = "5.0.7"\nrq = "1.15.1"\npgvector = "0.2.5"\n',
        "app/poetry.lock": "",
        "app/api/main.py": "from fastapi import FastAPI\n\nfrom api.routes import health\n\napp = FastAPI()\napp.include_router(health.router)\n",
        "app/api/routes/__init__.py": "",
        "app/api/routes/health.py": "from fastapi import APIRouter\n\nrouter = APIRouter()\n",
        "app/workers/__init__.py": "",
        "app/workers/scheduler.py": "from redis import Redis\nfrom rq import Queue\n\n\ndef enqueue_due_jobs():\n    Queue('connectors', connection=Redis.from_url('redis://localhost:6379/0'))\n",
        "app/workers/tasks.py": "def run_connector(name):\n    return name\n",
        "app/models/alembic.ini": "[alembic]\nscript_location = alembic\n",
        "app/models/alembic/env.py": "from alembic import context\n",
        "app/web/package.json": '{"name": "talent-web", "private": true, "scripts": {"dev": "next dev", "build": "next build", "start": "next start"}, "dependencies": {"next": "14.2.4", "react": "18.3.1", "axios": "1.7.2"}}\n',
        "app/web/app/page.tsx": "export default function Page() { return null }\n",
        "app/README.md": "## Talent console\n",
    },
    ("uvicorn api\\.main:app", "rq worker", "npm (run dev|start)|next start"),
    ("postgres", "redis"),
)

TEST_CHECKER = Repository(
    "test-checker: FastAPI and Celery, compose of production for the database only",
    {
        "docker-compose.yml": "services:\n  db:\n    image: postgres:15\n    environment:\n      POSTGRES_DB: ${DATABASE_NAME}\n      POSTGRES_PASSWORD: ${DATABASE_PASSWORD}\n    volumes: ['./db:/var/lib/postgresql/data']\n    ports: ['5433:5432']\n",
        "docker-compose-dev.yaml": "services:\n  db:\n    image: postgres:15\n    environment:\n      POSTGRES_PASSWORD: ${DATABASE_PASSWORD}\n  backend:\n    build: {context: ., dockerfile: dev.Dockerfile}\n    env_file: .env\n    ports: ['8000:8000']\n    volumes: ['.:/app/']\n    depends_on: [redis, db]\n  redis:\n    image: redis:alpine\n    ports: ['6380:6379']\n  celery_worker:\n    build: .\n    env_file: .env\n    command: ['poetry', 'run', 'celery', '-A', 'app.core.celery_app', 'worker', '--loglevel=info']\n    volumes: ['./app:/app/']\n    depends_on: [redis, db]\n",
        "Dockerfile": "FROM python:3.13\nCOPY ./app /opt/app\nCOPY poetry.lock pyproject.toml alembic.ini /opt/\nWORKDIR /opt/\nRUN pip install poetry && poetry install\nCMD uvicorn app.core.main:app --host 0.0.0.0 --reload\n",
        "dev.Dockerfile": "FROM python:3.13\nWORKDIR /app\nCOPY . .\nRUN pip install poetry && poetry install\nCMD poetry run uvicorn app.core.main:app --host 0.0.0.0 --reload\n",
        "Makefile": "start-deps:\n\tdocker compose up --build -d\n\nrunserver:\n\tmake start-deps\n\tpoetry run alembic upgrade head\n\tpoetry run uvicorn app.core.main:app --reload\n",
        "pyproject.toml": '[tool.poetry]\npackage-mode = false\nname = "test-checker"\n[tool.poetry.dependencies]\npython = "^3.13"\nfastapi = "^0.115.6"\nalembic = "^1.14.1"\npsycopg = {extras = ["binary", "pool"], version = "^3.2.4"}\nuvicorn = "^0.34.0"\nboto3 = "^1.36.6"\ncelery = "^5.4.0"\nredis = "^5.2.1"\n',
        "poetry.lock": "",
        "alembic.ini": "[alembic]\nscript_location = app/alembic\n",
        "app/core/main.py": "from fastapi import FastAPI\n\nfrom app.users.api import router\n\napp = FastAPI()\napp.include_router(router)\n",
        "app/core/celery_app.py": "from celery import Celery\n\nfrom app.core.config import settings\n\ncelery_app = Celery('test-checker', broker=settings.celery_broker_url)\n",
        "app/core/config.py": "from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n    database_host: str\n    celery_broker_url: str\n    bucket_endpoint: str\n\n\nsettings = Settings()\n",
        "app/common/storage.py": "import boto3\n\nfrom app.core.config import settings\n\nclient = boto3.session.Session().client('s3', endpoint_url=settings.bucket_endpoint)\n",
        "app/users/api/__init__.py": "from fastapi import APIRouter\n\nrouter = APIRouter()\n",
        "app/student_tests/tasks.py": "from app.core.celery_app import celery_app\n",
        "app/conftest.py": "import pytest\n",
    },
    ("uvicorn app\\.core\\.main:app", "celery -A app\\.core\\.celery_app worker"),
    ("postgres", "redis", "object_store"),
)

FESTIVAL = Repository(
    "festival: Flask by a factory of an uncommon name, a worker, requirements in req.txt",
    {
        "docker-compose.yml": 'version: "3.9"\nservices:\n  postgres:\n    image: postgres:14.5\n    environment: {POSTGRES_DB: fest, POSTGRES_PASSWORD: changeme}\n    ports: ["5432:5432"]\n    networks: [postgres]\n  pgadmin:\n    image: dpage/pgadmin4:5.7\n    ports: ["5050:80"]\n    networks: [postgres]\n  postgres_exporter:\n    image: prometheuscommunity/postgres-exporter:v0.10.0\n    ports: ["9187:9187"]\n    networks: [postgres]\nnetworks: {postgres: {driver: bridge}}\n',
        "run.sh": "gunicorn --bind fest.example.org:443 --timeout 1000 --keyfile /etc/ssl/key.pem --workers=8 'app:init()' -D\ncelery -A tasks worker --loglevel=INFO -D\n",
        "nginx_run.sh": "gunicorn --bind localhost:8080 --timeout 1000 --workers=8 'app:init()' -D\ncelery -A tasks worker --loglevel=INFO -D\n",
        "local_run.sh": "pkill -9 -f 'tasks worker'\nfuser -k 8080/tcp\ngunicorn --bind localhost:8080 --workers=2 'app:init()'\ncelery -A tasks worker --loglevel=INFO -D\n",
        "req.txt": "alembic==1.8.1\ncelery==5.2.7\nFlask==2.2.2\nFlask-SQLAlchemy==3.0.2\ngunicorn==20.1.0\npsycopg2-binary==2.9.5\n",
        "app.py": "import os\n\nfrom flask import Flask\nfrom database.connect import init_db\nfrom routes.web import app_route\n\n\ndef init():\n    app = Flask(__name__, static_folder='templates')\n    app.register_blueprint(app_route)\n    init_db()\n    return app\n\n\nif __name__ == '__main__':\n    init().run(debug=True, host='0.0.0.0')\n",
        "tasks.py": "import os\n\nfrom celery import Celery\n\ncelery_app = Celery('tasks', broker=os.environ.get('BROKER_URL'))\n",
        "database/connect.py": "import os\n\n\ndef init_db():\n    return 'postgresql://' + os.environ.get('DB_USER')\n",
        "routes/web.py": "from flask import Blueprint\n\napp_route = Blueprint('route', __name__)\n",
        "check_tickets_count.py": "from app import init\n\nif __name__ == '__main__':\n    init()\n",
        "send_intervals.py": "import time\n\nfor one in range(10):\n    time.sleep(1)\n",
        "scripts/init_db.py": "from database.connect import init_db\n\ninit_db()\n",
        "templates/auth/index.html": "<html></html>",
        "nginx.conf": "server { listen 443 ssl; }\n",
        "readme.md": "# Festival\n\n1. `git submodule update`\n",
    },
    ("gunicorn .*app:init\\(\\)", "celery -A tasks worker"),
    ("postgres",),
    ("redis", "queue"),
)

LIVE_BUS = Repository(
    "live-bus: Flask, Celery and a publisher, one Dockerfile each, a Procfile of an older time",
    {
        "docker-compose.yml": "version: '3'\nservices:\n  app:\n    environment:\n      - DATABASE_URL=postgresql://bus:admin@postgres:5432/bus\n      - REDIS_URL=redis://redis:6379/0\n    build: {context: ., dockerfile: Dockerfile}\n    ports: ['5000:5000']\n    depends_on: [postgres, celery, redis]\n  postgres:\n    image: 'postgres:alpine'\n    environment: [POSTGRES_USER=bus, POSTGRES_PASSWORD=admin]\n  celery:\n    environment: [REDIS_URL=redis://redis:6379/0]\n    user: nobody\n    build: {context: ., dockerfile: Dockerfile-celery}\n  redis:\n    image: 'redis:alpine'\n  publisher:\n    environment: [REDIS_URL=redis://redis:6379/0]\n    build: {context: ., dockerfile: Dockerfile-publisher}\n    depends_on: [postgres]\n  nginx:\n    build: ./nginx\n    ports: ['80:80']\n    depends_on: [app]\n",
        "Dockerfile": "FROM python:3.6-slim\nWORKDIR /app\nCOPY . /app\nRUN pip install -r requirements.txt\nEXPOSE 5000\nENTRYPOINT gunicorn -w 4 application:app -b 0.0.0.0:5000\n",
        "Dockerfile-celery": "FROM python:3.6\nWORKDIR /app\nCOPY . /app\nRUN pip install -r requirements.txt\nENTRYPOINT celery -A application.celery worker --concurrency=10 --loglevel=info\n",
        "Dockerfile-publisher": "FROM python:3.6-alpine\nWORKDIR /app\nCOPY . /app\nRUN pip install -r requirements.txt\nENTRYPOINT python publisher.py\n",
        "nginx/Dockerfile": "FROM tutum/nginx\nRUN rm /etc/nginx/sites-enabled/default\nADD dashboard.conf /etc/nginx/sites-enabled\n",
        "nginx/dashboard.conf": "server { listen 80; }\n",
        "Procfile": "web: gunicorn --worker-class eventlet -w 1 app:app\nworker: celery -A app.celery worker --loglevel=info\n",
        "requirements.txt": "alembic==0.9.9\namqp==2.2.2\ncelery==4.1.0\nFlask==0.12.2\nFlask-SQLAlchemy==2.3.2\ngunicorn==19.8.1\nhoncho==1.0.1\npaho-mqtt==1.3.1\npsycopg2-binary==2.7.4\nredis==2.10.6\n",
        "application/__init__.py": "import os\n\nimport redis as r\nfrom celery import Celery\nfrom flask import Flask\n\napp = Flask(__name__)\napp.config.from_object(os.environ['APP_SETTINGS'])\ncelery = Celery(app.name, broker=app.config['CELERY_BROKER_URL'])\nredis = r.from_url(app.config['REDIS_URL'])\n\nif __name__ == '__main__':\n    app.run(use_reloader=False)\n",
        "application/tasks.py": "from application import celery\n",
        "application/templates/index.html": "<html></html>",
        "publisher.py": "from time import sleep\n\nfrom application import tasks\n\nif __name__ == '__main__':\n    while True:\n        sleep(30)\n",
        "manage.py": "from flask_script import Manager\n\nfrom application import app\n\nmanager = Manager(app)\n\nif __name__ == '__main__':\n    manager.run()\n",
        "client.py": "import paho.mqtt.client as mqtt\n\nclient = mqtt.Client()\nclient.loop_forever()\n",
        "config.py": "import os\n\n\nclass ProductionConfig:\n    SQLALCHEMY_DATABASE_URI = os.environ['DATABASE_URL']\n",
        "run.sh": "#!/bin/bash\nhoncho start\n",
    },
    ("gunicorn .*(?:application|app):app", "celery -A app", "python publisher\\.py"),
    ("postgres", "redis"),
)

AGENT = Repository(
    "agent: FastAPI with two arq workers behind scripts, a Vite page outside of compose",
    {
        "docker-compose.yml": "version: '3.8'\nservices:\n  db:\n    image: postgres:15-alpine\n    environment: [POSTGRES_PASSWORD=postgres]\n  redis:\n    image: redis:7-alpine\n  api:\n    build: .\n    volumes: ['.:/app']\n    environment:\n      - DATABASE_URL=postgresql+asyncpg://postgres:postgres@db:5432/agent\n      - REDIS_URL=redis://redis:6379/0\n    ports: ['8000:8000']\n    depends_on: [db, redis]\n    command: uvicorn app.main:app --host 0.0.0.0 --port 8000 --reload\n  base_worker:\n    build: .\n    volumes: ['.:/app']\n    depends_on: [redis, db]\n    command: python run_base_worker.py\n  email_worker:\n    build: .\n    volumes: ['.:/app']\n    depends_on: [redis, db]\n    command: python run_email_worker.py\n",
        "Dockerfile": 'FROM python:3.11-slim\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nEXPOSE 8000\nCMD ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "8000"]\n',
        "requirements.txt": "fastapi\nuvicorn[standard]\nsqlalchemy[asyncio]\nasyncpg\nalembic\narq\nredis[hiredis]\npydantic-settings\n",
        ".env.example": "DATABASE_URL=postgresql+asyncpg://postgres:postgres@db:5432/agent\nREDIS_URL=redis://redis:6379/0\n",
        "alembic.ini": "[alembic]\nscript_location = alembic\n",
        "alembic/env.py": "from alembic import context\n",
        "app/main.py": "from fastapi import FastAPI\n\nfrom app.core.setup import create_app\n\napp = create_app()\n",
        "app/core/setup.py": "from fastapi import FastAPI\n\n\ndef create_app() -> FastAPI:\n    return FastAPI()\n",
        "app/core/worker/base_settings.py": "from arq.connections import RedisSettings\n\n\nclass WorkerSettings:\n    functions = []\n",
        "app/core/worker/email_settings.py": "from arq.connections import RedisSettings\n\n\nclass WorkerSettings:\n    functions = []\n",
        "app/scripts/test_job_system.py": "import asyncio\n\nif __name__ == '__main__':\n    asyncio.run(None)\n",
        "run_base_worker.py": "import asyncio\n\nfrom arq import run_worker\n\nfrom app.core.worker.base_settings import WorkerSettings\n\nif __name__ == '__main__':\n    asyncio.run(run_worker(WorkerSettings))\n",
        "run_email_worker.py": "import asyncio\n\nfrom arq import run_worker\n\nfrom app.core.worker.email_settings import WorkerSettings\n\nif __name__ == '__main__':\n    asyncio.run(run_worker(WorkerSettings))\n",
        "frontend/package.json": _VITE,
        "frontend/index.html": "<html></html>",
        "docs-site/package.json": '{"name": "docs-site", "private": true, "scripts": {"docusaurus": "docusaurus", "start": "docusaurus start", "build": "docusaurus build"}, "dependencies": {"@docusaurus/core": "3.5.2", "react": "^18.0.0", "react-dom": "^18.0.0"}}\n',
        "docs-site/docusaurus.config.ts": "export default {}\n",
        "DEVELOPMENT.md": "uvicorn app.main:app --reload\n",
    },
    (
        "uvicorn app\\.main:app",
        "python run_base_worker\\.py",
        "python run_email_worker\\.py",
        PAGES,
    ),
    ("postgres", "redis"),
    ("docs-site",),
)

KAIZEN_BOT = Repository(
    "kaizen-bot: Django and a Telegram bot of one image; an entrypoint, a Procfile for Dokku",
    {
        "docker-compose.yml": 'version: "3.10"\nservices:\n  db:\n    image: postgres:12\n    env_file: [./.env]\n    ports: ["5434:5432"]\n  web:\n    build: .\n    command: bash -c "python -m uvicorn app.delivery.web.asgi:application --host 0.0.0.0 --port 8001"\n    volumes: [".:/code"]\n    ports: ["8001:8000"]\n    env_file: [./.env]\n    depends_on: [db]\n    entrypoint: sh entrypoint.sh\n  bot:\n    build: .\n    command: bash -c "python -m app.delivery.bot"\n    volumes: [".:/code"]\n    ports: ["8081:8080"]\n    env_file: [./.env]\n    depends_on: [web]\n',
        "Dockerfile": "FROM python:3.10\nWORKDIR /code\nCOPY requirements.txt /code/\nRUN pip install -r requirements.txt\nCOPY entrypoint.sh /entrypoint.sh\nCOPY . /code/\n",
        "entrypoint.sh": '#!/bin/sh\necho "Applying database migrations ..."\npython manage.py migrate\npython manage.py createsuperuser --noinput\necho "Starting server ..."\npython -m uvicorn app.delivery.web.asgi:application --host 0.0.0.0 --port 8000\necho "Starting bot ..."\npython -m app.delivery.bot\n',
        "Procfile": "release: python manage.py migrate --noinput\nlogs: mkdir -p /app/logs && touch /app/logs/access.log /app/logs/error.log\nweb: python -m gunicorn app.delivery.web.asgi:application --workers 2 --worker-class uvicorn.workers.UvicornWorker --bind :$PORT\nbot: python -m app.delivery.bot --loglevel=INFO\n",
        "DOKKU_SCALE": "web=1\nbot=1\n",
        "app.json": '{"formation": {"web": {"quantity": 1}}}\n',
        "requirements.txt": "aiogram~=3.0.0b7\npsycopg2-binary\ndj_database_url~=2.0.0\nDjango~=4.2\ngunicorn~=20.1.0\nstarlette~=0.28.0\nuvicorn~=0.22.0\nredis\ndjangorestframework\n",
        "manage.py": "#!/usr/bin/env python\nimport os\n\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'app.config.application')\n",
        "app/__init__.py": "",
        "app/config/database.py": "import dj_database_url\n\nfrom app.config import env\n\nDATABASES = {'default': dj_database_url.parse(env('DATABASE_URL', default='sqlite:///db.sqlite3'))}\n",
        "app/delivery/__init__.py": "",
        "app/delivery/web/__init__.py": "",
        "app/delivery/web/asgi.py": "from django.core.asgi import get_asgi_application\n\napplication = get_asgi_application()\n",
        "app/delivery/bot/__init__.py": "",
        "app/delivery/bot/__main__.py": "from aiogram import Bot, Dispatcher\n\ndp = Dispatcher()\n\nif __name__ == '__main__':\n    dp.run_polling(Bot('x'))\n",
        "aiohttp_server.py": "from aiohttp import web\n\n\ndef main():\n    app = web.Application()\n    web.run_app(app, host='0.0.0.0', port=8000)\n\n\nif __name__ == '__main__':\n    main()\n",
    },
    (
        "(?:uvicorn|gunicorn) app\\.delivery\\.web\\.asgi:application|entrypoint\\.sh",
        "python -m app\\.delivery\\.bot",
    ),
    ("postgres",),
    ("redis",),
)

CODE_PRAISE = Repository(
    "code-praise: FastAPI and Celery over SQS by a Procfile; tasks of Invoke in the Dockerfile",
    {
        "Procfile": "release: inv db.migrate -e ${ENV:-development}\nweb: gunicorn application.app:app --workers 4 --worker-class uvicorn.workers.UvicornWorker --bind 0.0.0.0:${PORT:-8000} --env ENV=${ENV:-development}\nworker: ENV=${ENV:-development} celery --app=workers.clone_repo_worker:celery worker --loglevel=INFO\n",
        "Dockerfile": 'FROM python:3.9-slim\nWORKDIR /app\nRUN apt-get update && apt-get install -y libpq-dev git\nRUN pip install pipenv\nCOPY Pipfile Pipfile.lock ./\nRUN pipenv install --system --deploy\nCOPY . .\nEXPOSE 8000\nCMD ["inv", "api.run.dev", "-h", "0.0.0.0"]\n',
        "Pipfile": '[packages]\nrequests = "*"\nfastapi = "*"\nuvicorn = {extras = ["standard"], version = "*"}\ninvoke = "*"\nsqlalchemy = "*"\nalembic = "*"\ngunicorn = "*"\npsycopg2-binary = "*"\ncelery = {extras = ["sqs"], version = "*"}\nredis = "*"\n\n[dev-packages]\npytest = "*"\n\n[requires]\npython_version = "3.9"\n',
        "Pipfile.lock": "{}",
        "alembic.ini": "[alembic]\nscript_location = infrastructure/database/migrations\n",
        "application/app.py": "from fastapi import FastAPI\n\nfrom config import get_settings\n\nfrom .services import LoadFromGithub\n\napp = FastAPI()\n",
        "application/services/__init__.py": "class LoadFromGithub:\n    pass\n",
        "application/controllers/pubsub.py": "import os\n\nfrom config import get_settings\n\nREDIS_URL = get_settings().REDIS_URL\n",
        "workers/__init__.py": "",
        "workers/clone_repo_worker.py": "from celery import Celery\nfrom config import get_settings\n\nconfig = get_settings()\ncelery = Celery('worker', broker=f'sqs://{config.AWS_ACCESS_KEY_ID}:{config.AWS_SECRET_ACCESS_KEY}@')\n",
        "config/__init__.py": "",
        "config/config.py": "from pydantic import BaseSettings\n\n\nclass Settings(BaseSettings):\n    AWS_REGION: str\n    CLONE_QUEUE: str\n\n\nclass Production(Settings):\n    DATABASE_URL: str\n    REDIS_URL: str\n",
        "config/.env.example": "API_URL=\nGH_TOKEN=\nCLONE_QUEUE=\n",
        "tasks/__init__.py": "from invoke import Collection\n",
        "README.md": "# Code praise\n\n```sh\n$ inv api.run.dev\n$ inv worker.run.dev\n```\n",
    },
    ("gunicorn application\\.app:app", "celery --app=workers\\.clone_repo_worker:celery worker"),
    ("postgres", "redis", "queue"),
)

BOT_TEMPLATE = Repository(
    "bot-template: a factory of FastAPI in a package's __init__, a bot, an nginx of its own",
    {
        "docker-compose.yml": "version: '3.9'\nservices:\n   db:\n    image: postgres:15.2\n    env_file: .env\n    ports: ['5432:5432']\n    volumes: ['./conf/db/scripts:/docker-entrypoint-initdb.d']\n   api:\n     build: {context: ./api, dockerfile: Dockerfile}\n     command: uvicorn api:create_app --host 0.0.0.0 --port 5000\n     volumes: ['./api:/code/api']\n     ports: ['5000:5000']\n     env_file: [.env]\n     links: [db, redis]\n     depends_on: [db, redis]\n   bot:\n     build: {context: ./bot, dockerfile: Dockerfile}\n     volumes: ['.//bot:/code']\n     command: python /code/bot.py\n     env_file: [.env]\n     depends_on: [api]\n   redis:\n     image: redis:7.0-alpine\n   nginx:\n     build: ./nginx\n     network_mode: host\n     depends_on: [api]\n",
        ".env.example": "POSTGRES_USER=\nPOSTGRES_PASSWORD=\nPOSTGRES_DB=\nBOT_TOKEN=\n",
        "api/Dockerfile": "FROM python:3.11.3-slim\nWORKDIR /code\nCOPY . .\nRUN pip3 install -r requirements.txt\n",
        "api/__init__.py": "from fastapi import FastAPI\n\nfrom .server import Server\n\n\ndef create_app(_=None) -> FastAPI:\n    app = FastAPI()\n    return Server(app).get_app()\n",
        "api/server.py": "from fastapi import FastAPI\n\nfrom .routes import __routes__\n\n\nclass Server:\n    def __init__(self, app: FastAPI):\n        self.__app = app\n",
        "api/routes/__init__.py": "__routes__ = []\n",
        "api/requirements.txt": "aioredis==1.3.1\nasyncpg==0.29.0\nfastapi==0.110.0\nfastapi-cache2==0.2.1\nhiredis==2.3.2\nredis==5.0.3\nSQLAlchemy==2.0.28\nuvicorn==0.28.0\n",
        "bot/Dockerfile": "FROM python:3.11.3-slim\nWORKDIR /code\nCOPY . .\nRUN pip3 install -r requirements.txt\n",
        "bot/bot.py": "import asyncio\n\nfrom aiogram import Bot, Dispatcher\n\ndp = Dispatcher()\n\n\nasync def main():\n    await dp.start_polling(Bot('x'))\n\n\nif __name__ == '__main__':\n    asyncio.run(main())\n",
        "bot/requirements.txt": "aiogram==3.13.1\naiohttp==3.10.8\nfastapi==0.110.0\nredis~=4.5.5\n",
        "bot/utils/__init__.py": "",
        "nginx/Dockerfile": "FROM nginx:1.21.6-alpine\nRUN rm /etc/nginx/conf.d/default.conf\nCOPY default.conf /etc/nginx/conf.d\n",
        "nginx/default.conf": "server { listen 80; }\n",
        "conf/db/scripts/start_admin.sql": "select 1;\n",
        "README.md": "Launch `docker-compose up --build (-d)`\n",
    },
    ("uvicorn api:create_app", "python /code/bot\\.py"),
    ("postgres", "redis"),
)

STUDY = Repository(
    "study: FastAPI with models on disk, a second Dockerfile that compose does not name, Kubernetes",
    {
        "docker-compose.yml": "services:\n  api:\n    build: {context: ., dockerfile: Dockerfile.api}\n    environment:\n      - DATABASE_URL=sqlite:///./rag.db\n      - OLLAMA_API_URL=http://ollama:11434\n    volumes: ['./storage:/app/storage']\n    ports: ['8000:8000']\n    depends_on: [ollama]\n  ollama:\n    image: ollama/ollama:latest\n    ports: ['11434:11434']\n    volumes: ['ollama_data:/root/.ollama']\nvolumes: {ollama_data: }\n",
        "Dockerfile.api": 'FROM python:3.11\nRUN apt-get update && apt-get install -y tesseract-ocr\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nEXPOSE 8000\nCMD ["uvicorn", "src.api.app:app", "--host", "0.0.0.0", "--port", "8000"]\n',
        "Dockerfile.worker": 'FROM python:3.11-slim\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nCMD ["python", "-m", "src.main", "index", "user1"]\n',
        "requirements.txt": "# amqp==5.3.1\n# celery==5.5.3\n# chromadb==0.5.5\n\n# === Core ===\namqp==5.3.1\ncelery==5.5.3\nchromadb==0.5.5\nfastapi==0.115.0\nkubernetes==33.1.0\nollama==0.3.3\nSQLAlchemy==2.0.36\nuvicorn[standard]==0.30.6\n",
        "Makefile": ".PHONY: run migrate\nrun:\n\tuvicorn src.api.app:app --host 0.0.0.0 --port 8000 --reload\nmigrate:\n\talembic upgrade head\n",
        "alembic.ini": "[alembic]\nscript_location = alembic\n",
        "alembic/env.py": "from alembic import context\n",
        "dvc.yaml": "stages:\n  ingest:\n    cmd: python -m src.main ingest user1\n",
        "config/config.yaml": "chunking: {chunk_size: 512}\n",
        "k8s/deployment-api.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: rag-api, namespace: rag}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: rag-api}}\n  template:\n    metadata: {labels: {app: rag-api}}\n    spec:\n      containers:\n        - name: api\n          image: yourrepo/rag-api:latest\n          ports: [{containerPort: 8000}]\n          env: [{name: DATABASE_URL, value: 'sqlite:///./rag.db'}]\n",
        "k8s/service-api.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: rag-api}\nspec: {ports: [{port: 80, targetPort: 8000}]}\n",
        "ops/prometheus.yml": "scrape_configs: []\n",
        "src/api/app.py": "from fastapi import FastAPI\n\nfrom src.api.routers import rags\n\napp = FastAPI()\napp.include_router(rags.router)\n",
        "src/api/db.py": "import os\n\nURL = os.getenv('DATABASE_URL', 'sqlite:///./rag.db')\n",
        "src/api/routers/rags.py": "from fastapi import APIRouter\n\nrouter = APIRouter()\n",
        "src/main.py": "import sys\n\nif __name__ == '__main__':\n    print(sys.argv)\n",
        "src/modules/model_server.py": "def model_server(requests, answers):\n    while True:\n        one = requests.get()\n        if one is None:\n            break\n",
        "README.md": "# Study\n\nuvicorn src.api.app:app\n",
    },
    ("uvicorn src\\.api\\.app:app",),
    (),
    ("python -m src\\.main", "vector_store"),
)

TWO_APPS = Repository(
    "two-apps: Streamlit by entry point and command, FastAPI, folders named like the libraries",
    {
        "docker-compose.yaml": "version: '3'\nservices:\n  fastapi:\n    build: fastapi/\n    ports: [5000:5000]\n  streamlitapp:\n    build: streamlit/\n    depends_on: [fastapi]\n    ports: [8501:8501]\n",
        "fastapi/Dockerfile": 'FROM python:3.8 AS build\nWORKDIR /setup\nCOPY requirements.txt requirements.txt\nRUN pip install --user -r requirements.txt\n\nFROM python:3.8-slim AS source\nWORKDIR /app\nCOPY --from=build /root/.local /root/.local\nCOPY . .\n\nFROM source AS production\nEXPOSE 5000\nCMD ["uvicorn", "app:app", "--host", "0.0.0.0", "--port", "5000"]\n',
        "fastapi/app.py": "from fastapi import FastAPI\n\napp = FastAPI()\n",
        "fastapi/requirements.txt": "fastapi==0.68.0\nuvicorn==0.15.0\n",
        "streamlit/Dockerfile": 'FROM python:3.8 AS build\nWORKDIR /setup\nCOPY requirements.txt requirements.txt\nRUN pip install --user -r requirements.txt\n\nFROM python:3.8-slim AS source\nWORKDIR /app\nCOPY --from=build /root/.local /root/.local\nCOPY . .\n\nFROM source AS production\nEXPOSE 8501\nENTRYPOINT ["streamlit", "run"]\nCMD ["app.py"]\n',
        "streamlit/app.py": "import requests\nimport streamlit as st\n\nst.title('Two apps')\n",
        "streamlit/requirements.txt": "streamlit==0.88.0\nrequests==2.26.0\n",
        "README.md": "```sh\ndocker compose up\n```\n",
    },
    ("uvicorn app:app", "streamlit run app\\.py"),
)

PYTHON = (
    SIGNALS, COURSE_PROJECT, TRANSACTIONS, VIDEO_MAKER, TALENT, TEST_CHECKER, FESTIVAL, LIVE_BUS,
    AGENT, KAIZEN_BOT, CODE_PRAISE, BOT_TEMPLATE, STUDY, TWO_APPS,
)  # fmt: skip
