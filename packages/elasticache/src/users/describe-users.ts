import { invalidCombination } from "../errors.ts";
import type { Operation } from "../operation.ts";
import { filled, lookup } from "../requests/identifiers.ts";
import { page } from "../requests/paging.ts";
import type { UserRecord } from "../state/records.ts";
import { listUsers, userNamed } from "./find-user.ts";
import { userView } from "./user-view.ts";

/** What a filter may name, written as the members of a user are. */
const filters: Readonly<Record<string, (user: UserRecord) => string>> = {
  userid: (user) => user.id,
  username: (user) => user.name,
  status: (user) => user.status,
  engine: (user) => user.engine,
};

/** AWS DescribeUsers. */
export const describeUsers: Operation<"DescribeUsers"> = (plane, input, context) => {
  const id = lookup(input.UserId);
  const engine = filled(input.Engine)?.toLowerCase();
  const tests = (input.Filters ?? []).map(({ Name, Values }) => {
    const read = filters[Name.toLowerCase().replace(/[-_]/g, "")];
    if (read === undefined)
      throw invalidCombination(`The filter ${Name} is not known. Use UserId, UserName, Status or Engine.`);
    return (user: UserRecord): boolean => Values.includes(read(user));
  });
  const users = (id === undefined ? listUsers(plane.state, context) : [userNamed(plane.state, context, id)])
    .filter((user) => engine === undefined || user.engine === engine)
    .filter((user) => tests.every((test) => test(user)));
  const { items, marker } = page(users, (user) => user.id, input);
  return { Users: items.map((user) => userView(plane.state, user)), Marker: marker };
};
