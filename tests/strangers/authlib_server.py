"""Authlib on Flask, as its documentation has it, with a clock and decisions that a test controls. Prints its port."""

import time
from types import SimpleNamespace

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc8628 import (
    DEVICE_CODE_GRANT_TYPE,
    DeviceAuthorizationEndpoint,
    DeviceCodeGrant,
    DeviceCredentialMixin,
)
from flask import Flask, request
from werkzeug.serving import make_server

ahead = 0
credentials = {}
decisions = {}
tokens = {}


def now():
    return time.time() + ahead


class Client(ClientMixin):
    def __init__(self, client_id, secret=None, method="none", grant_types=(DEVICE_CODE_GRANT_TYPE, "refresh_token")):
        self.client_id, self.secret, self.method, self.grant_types = client_id, secret, method, grant_types

    def get_client_id(self):
        return self.client_id

    def get_allowed_scope(self, scope):
        return " ".join(word for word in (scope or "").split() if word in ("profile", "email"))

    def check_client_secret(self, client_secret):
        return self.secret == client_secret

    def check_endpoint_auth_method(self, method, endpoint):
        return method == self.method

    def check_grant_type(self, grant_type):
        return grant_type in self.grant_types


clients = {
    "tv": Client("tv"),
    "tv2": Client("tv2"),
    "nogrant": Client("nogrant", grant_types=("refresh_token",)),
    "conf": Client("conf", "a+secret", "client_secret_basic"),
    "conf-post": Client("conf-post", "a+secret", "client_secret_post"),
}


class Credential(dict, DeviceCredentialMixin):
    def get_client_id(self):
        return self["client_id"]

    def get_scope(self):
        return self["scope"]

    def get_user_code(self):
        return self["user_code"]

    def is_expired(self):
        return now() > self["expires_at"]


class Devices(DeviceAuthorizationEndpoint):
    def get_verification_uri(self):
        return request.host_url + "device"

    def authenticate_client(self, request):
        self.authenticated = super().authenticate_client(request)
        return self.authenticated

    def save_device_credential(self, client_id, scope, data):
        # client_id is None if the client has authenticated by a header
        credentials[data["device_code"]] = Credential(
            data, client_id=self.authenticated.client_id, scope=scope, expires_at=now() + data["expires_in"], next=0
        )


class DeviceGrant(DeviceCodeGrant):
    def query_device_credential(self, device_code):
        return credentials.get(device_code)

    def query_user_grant(self, user_code):
        return decisions.get(user_code)

    def should_slow_down(self, credential):
        early = now() < credential["next"]
        credential["interval"] += 5 if early else 0
        credential["next"] = now() + credential["interval"]
        return early


class Refresh(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["none", "client_secret_basic", "client_secret_post"]
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token):
        return tokens.get(refresh_token)

    def authenticate_user(self, credential):
        return SimpleNamespace(id="ada")

    def revoke_old_credential(self, credential):
        tokens.pop(credential["refresh_token"], None)


class Token(dict):
    def check_client(self, client):
        return self["client_id"] == client.client_id

    def get_scope(self):
        return self.get("scope", "")

    def get_expires_in(self):
        return self["expires_in"]


def save_token(token, oauth_request):
    if "refresh_token" in token:
        tokens[token["refresh_token"]] = Token(token, client_id=oauth_request.client.client_id)


app = Flask(__name__)
app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
server = AuthorizationServer(app, query_client=clients.get, save_token=save_token)
server.register_endpoint(Devices)
server.register_grant(DeviceGrant)
server.register_grant(Refresh)


@app.post("/device_authorization")
def device_authorization():
    return server.create_endpoint_response(Devices.ENDPOINT_NAME)


@app.post("/token")
def token():
    response = server.create_token_response()
    if response.status_code == 200:
        for credential in [code for code in credentials if code == request.form.get("device_code")]:
            del credentials[credential]
    return response


@app.post("/test/decide/<user_code>/<decision>")
def decide(user_code, decision):
    found = [one for one in credentials.values() if one["user_code"] == user_code and not one.is_expired()]
    if found:
        decisions.setdefault(user_code, (SimpleNamespace(id="ada"), decision == "approve"))
    return "", 204 if found else 404


@app.post("/test/advance/<seconds>")
def advance(seconds):
    global ahead
    ahead += float(seconds)
    return "", 204


http = make_server("127.0.0.1", 0, app, threaded=False)
print(http.server_port, flush=True)
http.serve_forever()
