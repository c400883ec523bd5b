"""Python's own client against a node: keep-alive, chunked bodies, HEAD, a refused upload. Prints "ok", or what is wrong."""

import http.client
import sys
import urllib.parse

url, token, log = sys.argv[1:4]
place = urllib.parse.urlsplit(url)
bearer = {"Authorization": "Bearer " + token}
connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)


def call(method, path, body=None, headers=bearer, **more):
    connection.request(method, path, body, headers, **more)
    response = connection.getresponse()
    return response.status, response.read(), response


for i in range(20):
    status, text, _ = call("POST", log + "/append", iter([b"chunk", b"ed"]), encode_chunked=True)
    assert status == 200, (status, text)
    status, text, response = call("HEAD", "/logs")
    assert (status, text) == (200, b""), (status, text)
    assert int(response.headers["Content-Length"]) > 0
    status, text, _ = call("POST", "/logs", b"x" * 300_000, {})
    assert status == 401, (status, text)
status, text, _ = call("GET", log + "/events?limit=1&from=1")
assert status == 200, (status, text)
print("ok")
