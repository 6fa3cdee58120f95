/** The part of the probe that a Python runtime could get wrong. */
export const pythonProbe = `
import builtins, os, subprocess

print("probe loaded")


def throw(event, context):
    raise getattr(builtins, event["name"])(event["message"])


def log(event, context):
    print(event["out"])
    subprocess.run(["echo", event["child"]])
    return {}


commands = {
    "echo": lambda event, context: event["value"],
    "throw": throw,
    "exit": lambda event, context: os._exit(event["status"]),
    "log": log,
    "environment": lambda event, context: {name: os.environ.get(name) for name in event["names"]},
    "context": lambda event, context: {
        "requestId": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "name": context.function_name,
        "version": context.function_version,
        "memory": str(context.memory_limit_in_mb),
        "logGroup": context.log_group_name,
        "remaining": context.get_remaining_time_in_millis(),
    },
}


def handler(event, context):
    return commands[event["do"]](event, context)
`;
