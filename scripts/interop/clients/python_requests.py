import sys
from urllib.parse import parse_qsl

import requests

url, way, *rest = sys.argv[1:]
arguments = dict(zip(rest[::2], rest[1::2]))

if way == "get":
    response = requests.get(url, params=arguments, timeout=30)
elif way == "params":
    response = requests.post(url, params=arguments, timeout=30)
elif way == "json":
    response = requests.post(url, json=arguments, timeout=30)
elif way == "files":
    response = requests.post(url, files={name: (None, value) for name, value in arguments.items()}, timeout=30)
else:
    response = requests.post(url, data=arguments, timeout=30)

print(response.status_code)
for name, value in parse_qsl(response.text):
    print(f"{name}\t{value}")
print(f"\n{response.text}", end="")
