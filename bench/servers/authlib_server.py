"""Authlib's device grant on Flask, with dicts for its records. Prints its port."""

import time
from types import SimpleNamespace

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc8628 import (
    DEVICE_CODE_GRANT_TYPE,
    DeviceAuthorizationEndpoint,
    DeviceCodeGrant,
    DeviceCredentialMixin,
)
from flask import Flask, request
from werkzeug.serving import WSGIRequestHandler, make_server

credentials = {}
decisions = {}
ada = SimpleNamespace(id="ada")


class Client(ClientMixin):
    def get_client_id(self):
        return "tv"

    def get_allowed_scope(self, scope):
        return scope or ""

    def check_endpoint_auth_method(self, method, endpoint):
        return method == "none"

    def check_grant_type(self, grant_type):
        return grant_type == DEVICE_CODE_GRANT_TYPE


class Credential(dict, DeviceCredentialMixin):
    def get_client_id(self):
        return self["client_id"]

    def get_scope(self):
        return self["scope"]

    def get_user_code(self):
        return self["user_code"]

    def is_expired(self):
        return time.time() > self["expires_at"]


class Devices(DeviceAuthorizationEndpoint):
    def get_verification_uri(self):
        return "http://127.0.0.1/device"

    def save_device_credential(self, client_id, scope, data):
        credentials[data["device_code"]] = Credential(
            data, client_id=client_id, scope=scope, expires_at=time.time() + 3600
        )


class DeviceGrant(DeviceCodeGrant):
    def query_device_credential(self, device_code):
        return credentials.get(device_code)

    def query_user_grant(self, user_code):
        return decisions.get(user_code)

    def should_slow_down(self, credential):
        return False


app = Flask(__name__)
tv = Client()
server = AuthorizationServer(app, query_client=lambda client_id: tv, save_token=lambda token, request: None)
server.register_endpoint(Devices)
server.register_grant(DeviceGrant)


@app.post("/device_authorization")
def device_authorization():
    return server.create_endpoint_response(Devices.ENDPOINT_NAME)


@app.post("/token")
def token():
    return server.create_token_response()


@app.post("/approve")
def approve():
    for user_code in request.get_data(as_text=True).split():
        decisions[user_code] = (ada, True)
    return "", 204


class Handler(WSGIRequestHandler):
    # connections stay open
    protocol_version = "HTTP/1.1"

    def log(self, *values):
        pass


http = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
print(http.server_port, flush=True)
http.serve_forever()
