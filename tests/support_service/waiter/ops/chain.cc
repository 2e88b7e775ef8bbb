// A task that makes three effects through the front door of three services, each once, wherever the server dies: CreateRole, Count and
// SendMessage. The fault points between them are for tests/waiter.
#include "auth/principal.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gateway/faults.h"
#include "gateway/tasks.h"
#include "gen/iam/operations.h"
#include "gen/sqs/operations.h"
#include "gen/waiter/operations.h"
#include "waiter/state.h"

namespace fogbank::waiter {

Result<void> StartChain(Context& cx, const svc::StartChainRequest& in, svc::StartChainResponse& out) {
  ChainRecord record;
  record.name = in.ChainName;
  record.role_name = in.RoleName;
  record.counter = in.Counter;
  record.queue_url = in.QueueUrl;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    const store::Key key = chain_key(cx.scope(), record.name);
    if (tx.has(key)) return fail("ValidationException", "there is such a chain");
    tx.put_record(key, record);
    store::Task t;
    t.due = cx.now();
    t.kind = "waiter.chain";
    t.scope = cx.scope();
    t.payload = encode(TaskPayload{record.name, {}});
    t.authority = encode(cx.principal());
    tx.schedule(t);
    return {};
  }));
  out.ChainName = in.ChainName;
  return {};
}

Result<void> DescribeChain(Context& cx, const svc::DescribeChainRequest& in, svc::DescribeChainResponse& out) {
  std::optional<ChainRecord> record;
  cx.read([&](store::Reader& r) { record = r.get_as<ChainRecord>(chain_key(cx.scope(), in.ChainName)); });
  if (!record) return fail("ResourceNotFoundException", "there is no such chain", 404);
  out.ChainName = in.ChainName;
  out.Status = record->ended ? "ENDED" : "RUNNING";
  out.RoleArn = cx.str(record->role_arn);
  out.MessageId = cx.str(record->message_id);
  out.CounterValue = record->counter_value;
  out.Runs = int32_t(record->runs);
  return {};
}

namespace {
struct State { Scope scope; ChainRecord record; };

Result<void> keep(store::Txn& tx, const State& s) {
  tx.put_record(chain_key(s.scope, s.record.name), s.record);
  return {};
}
}  // namespace

Result<void> chain(TaskContext& cx) {
  State state;
  state.scope = cx.task().scope;
  auto payload = cx.payload<TaskPayload>();
  auto principal = decode<auth::Principal>(cx.task().authority);
  if (!payload || !principal) return fail("InternalFailure", "damaged task", 500);
  std::optional<ChainRecord> record;
  cx.read([&](store::Reader& r) { record = r.get_as<ChainRecord>(chain_key(state.scope, payload->name)); });
  if (!record) return cx.finish();
  state.record = std::move(*record);
  state.record.runs++;
  FB_TRY(cx.write(state, keep));

  fault_point("chain.begin");
  iam::svc::CreateRoleRequest role{};
  role.RoleName = cx.str(state.record.role_name);
  role.AssumeRolePolicyDocument = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]})";
  FB_ASSIGN(made, cx.call<iam::op::CreateRole>(1, *principal, state.scope, role));
  state.record.role_arn = made->Role->Arn;
  fault_point("chain.role");

  svc::CountRequest count{};
  count.Counter = cx.str(state.record.counter);
  count.Amount = 1;
  FB_ASSIGN(counted, cx.call<op::Count>(2, *principal, state.scope, count));
  state.record.counter_value = *counted->Value;
  fault_point("chain.count");

  sqs::svc::SendMessageRequest message{};
  message.QueueUrl = cx.str(state.record.queue_url);
  message.MessageBody = cx.str(cat("from chain ", state.record.name));
  FB_ASSIGN(sent, cx.call<sqs::op::SendMessage>(3, *principal, state.scope, message));
  state.record.message_id = sent->MessageId;
  fault_point("chain.message");

  state.record.ended = true;
  return cx.finish(state, keep);
}

}  // namespace fogbank::waiter
