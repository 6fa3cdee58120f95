import { embedded } from "./support/embedded-cluster.ts";
import { iamCases } from "./support/iam-cases.ts";

iamCases("users with IAM authentication on the embedded cluster", embedded);
