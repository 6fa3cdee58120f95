import { restrictedCommands } from "../backend/restricted-commands.ts";

/**
 * What access rules may name, by the words of redis 7.0 and valkey 7.2, and what AWS keeps from customers. An engine does not start
 * with a rule that it does not know, so this is checked when the rule is given.
 */
const plain = `append asking auth bitcount bitfield bitfield_ro bitop bitpos blmove blmpop blpop brpop brpoplpush bzmpop bzpopmax
bzpopmin copy dbsize decr decrby del discard dump echo eval eval_ro evalsha evalsha_ro exec exists expire expireat expiretime fcall
fcall_ro flushall flushdb geoadd geodist geohash geopos georadius georadius_ro georadiusbymember georadiusbymember_ro geosearch
geosearchstore get getbit getdel getex getrange getset hdel hello hexists hget hgetall hincrby hincrbyfloat hkeys hlen hmget hmset
hrandfield hscan hset hsetnx hstrlen hvals incr incrby incrbyfloat info keys lastsave lcs lindex linsert llen lmove lmpop lolwut lpop
lpos lpush lpushx lrange lrem lset ltrim mget monitor move mset msetnx multi persist pexpire pexpireat pexpiretime pfadd pfcount
pfdebug pfmerge pfselftest ping psetex psubscribe pttl publish punsubscribe quit randomkey readonly readwrite rename renamenx
replconf reset restore restore-asking role rpop rpoplpush rpush rpushx sadd scan scard sdiff sdiffstore select set setbit setex
setnx setrange sinter sintercard sinterstore sismember smembers smismember smove sort sort_ro spop spublish srandmember srem sscan
ssubscribe strlen subscribe substr sunion sunionstore sunsubscribe swapdb time touch ttl type unlink unsubscribe unwatch wait watch
xack xadd xautoclaim xclaim xdel xlen xpending xrange xread xreadgroup xrevrange xsetid xtrim zadd zcard zcount zdiff zdiffstore
zincrby zinter zintercard zinterstore zlexcount zmpop zmscore zpopmax zpopmin zrandmember zrange zrangebylex zrangebyscore
zrangestore zrank zrem zremrangebylex zremrangebyrank zremrangebyscore zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan
zscore zunion zunionstore`;

const containers: Readonly<Record<string, string>> = {
  acl: "cat genpass help users whoami dryrun log",
  client:
    "caching getname getredir help id info kill list no-evict pause reply setname tracking trackinginfo unblock unpause",
  cluster:
    "count-failure-reports countkeysinslot getkeysinslot help info keyslot myid nodes replicas shards slaves slots",
  command: "count docs getkeys getkeysandflags help info list",
  function: "delete dump flush help kill list load restore stats",
  latency: "doctor graph help histogram history latest reset",
  memory: "doctor help malloc-stats purge stats usage",
  object: "encoding freq help idletime refcount",
  pubsub: "channels help numpat numsub shardchannels shardnumsub",
  script: "debug exists flush help kill load",
  slowlog: "get help len reset",
  xgroup: "create createconsumer delconsumer destroy help setid",
  xinfo: "consumers groups help stream",
};

export const commandCategories: ReadonlySet<string> = new Set(
  `keyspace read write set sortedset list hash string bitmap hyperloglog geo stream pubsub admin fast slow blocking dangerous
connection transaction scripting all`.split(/\s+/),
);

const known: ReadonlySet<string> = new Set([
  ...plain.split(/\s+/),
  ...Object.entries(containers).flatMap(([name, subcommands]) => [
    name,
    ...subcommands.split(" ").map((subcommand) => `${name}|${subcommand}`),
  ]),
]);
const restricted: ReadonlySet<string> = new Set(restrictedCommands);

/** What a rule says of `command` or `command|subcommand`: whether a customer may name it. Lower-case. */
export function commandKind(name: string): "known" | "restricted" | "unknown" {
  if (restricted.has(name) || restricted.has(name.split("|", 1)[0] ?? "")) return "restricted";
  return known.has(name) ? "known" : "unknown";
}
