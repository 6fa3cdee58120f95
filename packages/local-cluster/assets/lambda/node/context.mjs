/** The context object of an invocation. Times in milliseconds. */
export function makeContext(invocation) {
  const { env } = process;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    awsRequestId: invocation.requestId,
    invokedFunctionArn: invocation.functionArn,
    clientContext: parse(invocation.clientContext),
    identity: parse(invocation.cognitoIdentity),
    getRemainingTimeInMillis: () => invocation.deadlineMs - Date.now(),
  };
}

function parse(json) {
  return json === undefined ? undefined : JSON.parse(json);
}
