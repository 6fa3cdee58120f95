import { fault, invalidCombination, invalidValue } from "../errors.ts";
import type { Operation } from "../operation.ts";
import { identifier, identifierLengths, required } from "../requests/identifiers.ts";
import type { UserRecord } from "../state/records.ts";
import { requestTags, setTags } from "../tags/tag-store.ts";
import { accessString } from "./access-string.ts";
import { findUser } from "./find-user.ts";
import { requestedAuthentication, type UserAuthentication } from "./passwords.ts";
import { userView } from "./user-view.ts";

/** AWS's default quota of users. */
const maxUsers = 1000;

/** AWS CreateUser. */
export const createUser: Operation<"CreateUser"> = (plane, input, context) => {
  const { account, region } = context;
  const id = identifier(input.UserId, "UserId", identifierLengths.user);
  const name = userName(input.UserName);
  const engine = userEngine(input.Engine);
  const rules = accessString(input.AccessString);
  const authentication = requestedAuthentication(input);
  if (authentication === undefined)
    throw invalidValue(
      "No password was provided. If you want to create the user without a password, use NoPasswordRequired.",
    );
  checkAuthentication({ id, name, engine }, authentication);
  const tags = requestTags(input.Tags);
  if (findUser(plane.state, context, id) !== undefined)
    throw fault("UserAlreadyExistsFault", `User ${id} already exists.`);
  if (plane.state.users.list(context).length >= maxUsers)
    throw fault("UserQuotaExceededFault", `The quota of ${maxUsers} users in ${region} is used up.`);
  const user: UserRecord = {
    account,
    region,
    id,
    name,
    engine,
    status: "active",
    accessString: rules,
    ...authentication,
  };
  plane.state.transaction(() => {
    plane.state.users.set(user);
    setTags(plane.state, user, "user", id, tags);
    plane.events.add(user, "user", id, `User ${id} created`);
  });
  return userView(plane.state, user);
};

/** @throws AwsError `InvalidParameterValue` for anything but redis and valkey. */
export function userEngine(engine: string | undefined): "redis" | "valkey" {
  const given = required(engine, "Engine").toLowerCase();
  if (given !== "redis" && given !== "valkey")
    throw invalidValue(`The parameter Engine has the value ${engine}; users and user groups are for redis or valkey.`);
  return given;
}

/** @throws AwsError when the engine or the identity does not allow this kind of authentication. */
export function checkAuthentication(
  user: Pick<UserRecord, "id" | "name" | "engine">,
  { authentication }: UserAuthentication,
): void {
  if (authentication === "iam" && user.id !== user.name)
    throw invalidValue("The parameters UserId and UserName must be equal for a user with IAM authentication.");
  if (authentication === "no-password" && user.engine === "valkey")
    throw invalidCombination("A user of the engine valkey must have passwords or IAM authentication.");
}

function userName(name: string | undefined): string {
  const given = required(name, "UserName");
  if (!/^[\x21-\x7e]{1,128}$/.test(given) || given.startsWith("fakecloud"))
    throw invalidValue(
      "The parameter UserName must have 1 to 128 printable characters without blanks, and must not begin with fakecloud.",
    );
  return given;
}
