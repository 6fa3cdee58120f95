import { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import { LambdaClient } from "@aws-sdk/client-lambda";

const credentials = { accessKeyId: "test", secretAccessKey: "test" };

/** The official Lambda client, without its retries: an answer that would be retried must not go unnoticed. */
export function lambdaClient(endpoint: string, region = "us-east-1", accessKeyId = "test"): LambdaClient {
  return new LambdaClient({ endpoint, region, credentials: { ...credentials, accessKeyId }, maxAttempts: 1 });
}

/** The official ElastiCache client, without its retries. */
export function elastiCacheClient(endpoint: string, region = "us-east-1"): ElastiCacheClient {
  return new ElastiCacheClient({ endpoint, region, credentials, maxAttempts: 1 });
}

/** How often the official waiters look: in seconds. */
export const quickly = { minDelay: 1, maxDelay: 1, maxWaitTime: 90 } as const;
