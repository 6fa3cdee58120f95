import type { AwsHttpRequest, AwsHttpResponse } from "@fc/aws";

/** Answers a request, wherever it came from: a socket, or the same process. */
export type Handle = (request: AwsHttpRequest) => Promise<AwsHttpResponse> | AwsHttpResponse;
