"""What a boto3 user does in a session, printed as one JSON object."""
import io
import json
import socket
import sys
import zipfile

import boto3
from botocore.config import Config

settings = dict(endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test",
                config=Config(retries={"total_max_attempts": 1}))
lambda_ = boto3.client("lambda", **settings)
elasticache = boto3.client("elasticache", **settings)
quickly = {"Delay": 1, "MaxAttempts": 90}
result = {}

code = io.BytesIO()
with zipfile.ZipFile(code, "w") as archive:
    archive.writestr("app.py", "def main(event, context):\n    if event.get('fail'): raise ValueError('no')\n    return {'twice': event['n'] * 2}\n")
lambda_.create_function(FunctionName="boto", Runtime="python3.13", Handler="app.main", Role="arn:aws:iam::123456789012:role/any",
                        Code={"ZipFile": code.getvalue()})
lambda_.get_waiter("function_active_v2").wait(FunctionName="boto", WaiterConfig=quickly)
result["state"] = lambda_.get_function(FunctionName="boto")["Configuration"]["State"]
result["answer"] = json.load(lambda_.invoke(FunctionName="boto", Payload=json.dumps({"n": 21}))["Payload"])
failed = lambda_.invoke(FunctionName="boto", Payload=json.dumps({"fail": True}))
error = json.load(failed["Payload"])
result["error"] = {"FunctionError": failed["FunctionError"], "errorType": error["errorType"], "errorMessage": error["errorMessage"]}
stream = lambda_.invoke_with_response_stream(FunctionName="boto", Payload=json.dumps({"n": 4}))
result["stream"] = [next(iter(event)) for event in stream["EventStream"]]
url = lambda_.create_function_url_config(FunctionName="boto", AuthType="NONE", Cors={"AllowOrigins": ["*"]})
assert url["FunctionUrl"] == lambda_.get_function_url_config(FunctionName="boto")["FunctionUrl"]
result["url"] = {"mode": url["InvokeMode"], "cors": url["Cors"], "listed": len(lambda_.list_function_url_configs(FunctionName="boto")["FunctionUrlConfigs"])}
lambda_.delete_function_url_config(FunctionName="boto")
try:
    lambda_.get_function(FunctionName="nowhere")
except lambda_.exceptions.ResourceNotFoundException as missing:
    result["missing"] = missing.response["Error"]["Code"]

elasticache.create_cache_cluster(CacheClusterId="boto", Engine="redis", CacheNodeType="cache.t3.micro", NumCacheNodes=1)
elasticache.get_waiter("cache_cluster_available").wait(CacheClusterId="boto", WaiterConfig=quickly)
cluster = elasticache.describe_cache_clusters(CacheClusterId="boto", ShowCacheNodeInfo=True)["CacheClusters"][0]
result["status"] = cluster["CacheClusterStatus"]
endpoint = cluster["CacheNodes"][0]["Endpoint"]
with socket.create_connection((endpoint["Address"], endpoint["Port"])) as connection:
    connection.sendall(b"PING\r\n")
    result["ping"] = connection.recv(64).decode().strip()
try:
    elasticache.describe_cache_clusters(CacheClusterId="nowhere")
except elasticache.exceptions.CacheClusterNotFoundFault as missing:
    result["unknown_cluster"] = missing.response["Error"]["Code"]
print(json.dumps(result))
