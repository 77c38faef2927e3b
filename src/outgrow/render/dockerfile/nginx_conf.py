"""The nginx configuration of a static frontend: caching, compression, headers, SPA fallback."""

from __future__ import annotations

_NGINX = """\
# How nginx sends the files of `{name}`. The Dockerfile beside this file writes the same into
# the image: this folder lies outside of the build context, and the Dockerfile is what counts.
worker_processes auto;
pid /tmp/nginx.pid;  # a folder that needs no root
error_log /dev/stderr warn;

events {{
    worker_connections 1024;
}}

http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log /dev/stdout;
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 65s;
    server_tokens off;

    # The root file system may be read-only; what nginx buffers goes to /tmp.
    client_body_temp_path /tmp/client_body;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;

    gzip on;
    gzip_comp_level 5;
    gzip_min_length 1024;
    gzip_vary on;
    gzip_types text/css text/plain application/javascript application/json image/svg+xml;

    # The bundler puts a hash into the name of an asset, so its content never changes; a page
    # is asked for again each time, and names the assets of the newest version.
    map $uri $cache_rule {{
        default "no-cache";
        ~^/(assets|static|_next/static)/ "public, max-age=31536000, immutable";
    }}

    server {{
        listen {port};
        server_name _;
        root /usr/share/nginx/html;
        index index.html;

        # An `add_header` in a location would drop all of these, so they stand here only.
        add_header Cache-Control $cache_rule always;
        add_header X-Content-Type-Options nosniff always;
        add_header X-Frame-Options DENY always;
        add_header Referrer-Policy strict-origin-when-cross-origin always;
        add_header Permissions-Policy "camera=(), geolocation=(), microphone=()" always;

        location = /healthz {{
            access_log off;
            default_type text/plain;
            return 200 "ok\\n";
        }}

        # A missing asset is a 404: with the page in its place the browser would run HTML.
        location ~ ^/(assets|static|_next/static)/ {{
            try_files $uri =404;
        }}

        location / {{
            try_files $uri $uri.html $uri/ /index.html;
        }}
    }}
}}
"""


def frontend_nginx_conf(name: str, port: int) -> str:
    """Return the nginx.conf of the frontend `name`, which listens on `port`."""
    return _NGINX.format(name=name, port=port)
