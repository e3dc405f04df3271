"""Verifies a webhook as the Standard Webhooks specification says; reads headers, body and secret as JSON."""

import base64
import hashlib
import hmac
import json
import sys
import time

given = json.load(sys.stdin)
headers, body = given["headers"], given["body"].encode()
key = base64.b64decode(given["secret"].removeprefix("whsec_"))
timestamp = headers["webhook-timestamp"]
if abs(time.time() - int(timestamp)) > 300:
    sys.exit("stale")
signed = f"{headers['webhook-id']}.{timestamp}.".encode() + body
expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
if not any(hmac.compare_digest(each, "v1," + expected) for each in headers["webhook-signature"].split(" ")):
    sys.exit("wrong signature")
print(json.loads(body)["type"])
