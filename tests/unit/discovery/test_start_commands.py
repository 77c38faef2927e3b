# ruff: noqa: E501  (lines of other people's files)
"""How an application is started that nothing but its code describes."""

from __future__ import annotations

import pytest
from tests.unit.discovery.trees import tree

from outgrow.discovery.combine import discover

CASES: list[tuple[str, dict[str, str], str]] = [
('script',{'pyproject.toml':'[project]\nname="pkg"\ndependencies=["fastapi","uvicorn"]\n[project.scripts]\nserve="pkg.main:run"\n','src/pkg/__init__.py':'','src/pkg/main.py':'import uvicorn\nfrom fastapi import FastAPI\napp = FastAPI()\ndef run():\n    uvicorn.run("pkg.main:app", port=9000)\n'},'uvicorn pkg.main:app'),
('flaskr',{'pyproject.toml':'[project]\nname="flaskr"\ndependencies=["flask"]\n','flaskr/__init__.py':'from flask import Flask\ndef create_app(test_config=None):\n    app = Flask(__name__)\n    return app\n'},'flask --app flaskr'),
('rw',{'pyproject.toml':'[tool.poetry]\nname="x"\n[tool.poetry.dependencies]\nfastapi="*"\nuvicorn="*"\nasyncpg="*"\n','app/__init__.py':'','app/main.py':'from fastapi import FastAPI\nfrom app.core import x\ndef get_application() -> FastAPI:\n    application = FastAPI()\n    return application\n\napp = get_application()\n'},'uvicorn app.main:app '),
('rootmain',{'requirements.txt':'fastapi\nuvicorn\n','main.py':'from app.core import create_app\napp = create_app()\n','app/core.py':'from fastapi import FastAPI\ndef create_app():\n    return FastAPI()\n'},'uvicorn main:app '),
('runpy',{'requirements.txt':'fastapi\nuvicorn\n','server.py':'from fastapi import FastAPI\napp = FastAPI()\n','run.py':'import uvicorn\nfrom server import app\nif __name__ == "__main__":\n    uvicorn.run(app, host="0.0.0.0")\n'},'uvicorn server:app'),
('eb',{'requirements.txt':'flask\n','application.py':'from flask import Flask\napplication = Flask(__name__)\nif __name__ == "__main__":\n    application.run()\n'},'python application.py'),
('dash',{'requirements.txt':'dash\ngunicorn\n','app.py':'import dash\nfrom dash import Dash\napp = Dash(__name__)\nserver = app.server\nif __name__ == "__main__":\n    app.run_server(debug=True)\n'},'gunicorn --bind 0.0.0.0:8000 app:server'),
('dash2',{'requirements.txt':'dash\ngunicorn\n','app.py':'import dash\napp = dash.Dash(__name__)\nserver = app.server\n'},'gunicorn --bind 0.0.0.0:8000 app:server'),
('sio',{'requirements.txt':'fastapi\nuvicorn\npython-socketio\n','main.py':'import socketio\nfrom fastapi import FastAPI\nfastapi_app = FastAPI()\nsio = socketio.AsyncServer()\napp = socketio.ASGIApp(sio, other_asgi_app=fastapi_app)\n'},'uvicorn main:app'),
('aio',{'requirements.txt':'aiohttp\n','main.py':'from aiohttp import web\napp = web.Application()\nif __name__ == "__main__":\n    web.run_app(app, port=8080)\n'},'python main.py'),
('bot',{'requirements.txt':'python-telegram-bot\n','bot.py':'from telegram.ext import Application\ndef main():\n    application = Application.builder().build()\n    application.run_polling()\nif __name__ == "__main__":\n    main()\n'},'python bot.py'),
('gradio',{'requirements.txt':'gradio\n','app.py':'import gradio as gr\ndemo = gr.Interface(fn=print, inputs="text", outputs="text")\ndemo.launch()\n'},'python app.py'),
('django',{'requirements.txt':'Django==5.0\n','mysite/manage.py':'#!/usr/bin/env python\n','mysite/mysite/__init__.py':'','mysite/mysite/wsgi.py':'from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n','mysite/mysite/asgi.py':'from django.core.asgi import get_asgi_application\napplication = get_asgi_application()\n'},'python manage.py runserver'),
('djangog',{'requirements.txt':'Django==5.0\ngunicorn\n','manage.py':'','core/__init__.py':'','core/wsgi.py':'from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n','core/asgi.py':'from django.core.asgi import get_asgi_application\napplication = get_asgi_application()\n'},'gunicorn --bind 0.0.0.0:8000 core.wsgi:application'),
('noreq',{'main.py':'from fastapi import FastAPI\napp = FastAPI()\n'},'uvicorn main:app'),
('subapp',{'requirements.txt':'fastapi\nuvicorn\n','app/main.py':'from fastapi import FastAPI\nfrom .routers import items\napp = FastAPI()\napp.include_router(items.router)\n','app/routers/items.py':'','app/v1/api.py':'from fastapi import FastAPI\napi = FastAPI()\n'},'uvicorn app.main:app'),
('apidir',{'requirements.txt':'flask\nflask-cors\n','api/index.py':'from flask import Flask\napp = Flask(__name__)\n@app.route("/")\ndef x(): return ""\n'},'flask --app'),
('quart',{'requirements.txt':'quart\nhypercorn\n','app.py':'from quart import Quart\napp = Quart(__name__)\n'},'hypercorn app:app'),
('ns',{'backend/requirements.txt':'fastapi\nuvicorn\n','backend/src/main.py':'from fastapi import FastAPI\nfrom src.db import x\napp = FastAPI()\n','backend/src/db.py':'x=1\n'},'uvicorn src.main:app'),
('turbo',{'package.json':'{"name":"root","private":true,"workspaces":["apps/*","packages/*"],"scripts":{"dev":"turbo dev","build":"turbo build"},"devDependencies":{"turbo":"2"}}','apps/web/package.json':'{"name":"web","scripts":{"dev":"next dev","build":"next build","start":"next start"},"dependencies":{"next":"14"}}','apps/api/package.json':'{"name":"api","scripts":{"dev":"tsx watch src/index.ts","build":"tsc","start":"node dist/index.js"},"dependencies":{"express":"4","pg":"8"}}','packages/ui/package.json':'{"name":"ui","dependencies":{"react":"18"},"devDependencies":{"vite":"5"}}','pnpm-lock.yaml':''},'pnpm start'),

    ("package-init", {"backend/requirements.txt": "fastapi\n", "backend/svc/__init__.py": "from fastapi import FastAPI\nfrom .routes import x\napp = FastAPI()\n", "backend/svc/routes.py": "x = 1\n"}, "uvicorn svc:app"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "files", "starts"), CASES, ids=[case[0] for case in CASES])
def test_the_start_command_follows_from_the_code(
    name: str, files: dict[str, str], starts: str
) -> None:
    services = discover(tree(files)).services
    commands = [f"{one.command.text} " if one.command else "" for one in services]
    assert any(starts in command for command in commands), commands
    assert len(services) == 1 or name == "turbo"
