"""Runtime client of the embedded cluster's Python image: AWS's handler conventions over the Lambda Runtime API."""

import http.client
import importlib
import json
import logging
import os
import sys
import time
import traceback


class RuntimeApi:
    """The Lambda Runtime API, version 2018-06-01, over one kept connection."""

    def __init__(self, address):
        self._connection = http.client.HTTPConnection(address)

    def next(self):
        answer, body = self._call("GET", "invocation/next")
        if answer.status != 200:
            raise RuntimeError("The Runtime API answered %d to next: %s" % (answer.status, body))
        return answer.headers, body

    def respond(self, request_id, body):
        self._call("POST", "invocation/%s/response" % request_id, body, {"Content-Type": "application/json"})

    def fail(self, request_id, error):
        path = "init/error" if request_id is None else "invocation/%s/error" % request_id
        headers = {"Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": error["errorType"]}
        self._call("POST", path, json.dumps(error).encode(), headers)

    def _call(self, method, path, body=None, headers=None):
        self._connection.request(method, "/2018-06-01/runtime/" + path, body, headers or {})
        answer = self._connection.getresponse()
        return answer, answer.read()


class Fault(Exception):
    """An error of the init phase, under one of AWS's type names."""

    def __init__(self, error_type, message, trace=()):
        super().__init__(message)
        self.described = {"errorMessage": message, "errorType": error_type, "requestId": "", "stackTrace": list(trace)}


class Context:
    """The context object of an invocation."""

    def __init__(self, headers):
        env = os.environ
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = env.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = env.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = env.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = env.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = env.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.client_context = _record(headers.get("Lambda-Runtime-Client-Context"))
        self.identity = _record(headers.get("Lambda-Runtime-Cognito-Identity"))
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))


class _Record:
    def __init__(self, values):
        self.__dict__.update(values)


def _record(text):
    return None if text is None else _Record(json.loads(text))


class _LogHandler(logging.Handler):
    request_id = ""

    def emit(self, record):
        record.aws_request_id = _LogHandler.request_id
        sys.stdout.write(self.format(record))


def _is_json():
    return os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"


class _JsonFormatter(logging.Formatter):
    """AWS's JSON log format: an object a line."""

    def format(self, record):
        members = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": record.aws_request_id,
        }
        if record.exc_info and record.exc_info[0] is not None:
            kind, error, trace = record.exc_info
            members.update(errorType=kind.__name__, errorMessage=str(error), stackTrace=traceback.format_tb(trace))
        return json.dumps(members, ensure_ascii=False, default=str) + "\n"


def _install_logging():
    handler = _LogHandler()
    root = logging.getLogger()
    if _is_json():
        handler.setFormatter(_JsonFormatter())
        level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "INFO").upper()
        root.setLevel({"TRACE": "NOTSET", "FATAL": "CRITICAL", "WARN": "WARNING"}.get(level, level))
    else:
        text = "[%(levelname)s]\t%(asctime)s.%(msecs)dZ\t%(aws_request_id)s\t%(message)s\n"
        handler.setFormatter(logging.Formatter(text, "%Y-%m-%dT%H:%M:%S"))
    handler.formatter.converter = time.gmtime
    root.addHandler(handler)


def _load_handler(name):
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", "Bad handler '%s': %s" % (name, error)) from None
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, error)) from error
    except SyntaxError as error:
        where = '  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)
        message = "Syntax error in module '%s': %s" % (module_name, error)
        raise Fault("Runtime.UserCodeSyntaxError", message, [where]) from error
    handler = getattr(module, function_name, None)
    if handler is None:
        raise Fault("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function_name, module_name))
    return handler


def _describe(error, request_id):
    """AWS's JSON form of an exception, without the frames of this file."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    frames = [frame for frame in frames if not frame.filename.startswith("<frozen importlib")]
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": request_id,
        "stackTrace": traceback.format_list(frames),
    }


def _log_error(described):
    if _is_json():
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        sys.stdout.write(json.dumps({"timestamp": now, "level": "ERROR", **described}) + "\n")
        return
    text = "[ERROR] %s: %s\n" % (described["errorType"], described["errorMessage"])
    if described["stackTrace"]:
        text += "Traceback (most recent call last):\n" + "".join(described["stackTrace"])
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def _invoke(handler, headers, body):
    context = Context(headers)
    result = handler(json.loads(body), context)
    try:
        return json.dumps(result).encode()
    except (TypeError, ValueError) as error:
        raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % error) from error


def main():
    _install_logging()
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    root = os.environ["LAMBDA_TASK_ROOT"]
    sys.path[0] = root  # in place of this file's folder
    version = "lib/python%d.%d/site-packages" % sys.version_info[:2]
    for path in [path for path in sys.path if path.endswith("/opt/python")]:
        sys.path.insert(sys.path.index(path), os.path.join(path, version))
    try:
        handler = _load_handler(os.environ["_HANDLER"])
    except BaseException as error:
        described = error.described if isinstance(error, Fault) else _describe(error, "")
        _log_error(described)
        if not isinstance(error, SystemExit):
            api.fail(None, described)
        sys.exit(1)
    while True:
        headers, body = api.next()
        request_id = _LogHandler.request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        os.environ["_X_AMZN_TRACE_ID"] = headers.get("Lambda-Runtime-Trace-Id", "")
        try:
            answer = _invoke(handler, headers, body)
        except Exception as error:
            described = dict(error.described, requestId=request_id) if isinstance(error, Fault) else _describe(error, request_id)
            _log_error(described)
            api.fail(request_id, described)
        else:
            api.respond(request_id, answer)


if __name__ == "__main__":
    main()
