import { iamCases } from "./support/iam-cases.ts";
import { namespaceOfItsOwn } from "./support/real-cluster.ts";

iamCases("users with IAM authentication on a real cluster", namespaceOfItsOwn);
