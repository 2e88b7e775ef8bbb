// GetPublicAccessBlock, PutPublicAccessBlock, DeletePublicAccessBlock of an account:
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutPublicAccessBlock.html
#include "gateway/context.h"
#include "gen/s3control/operations.h"
#include "services/s3/state.h"

namespace fogbank::s3control {
namespace {
store::Key key_of(Context& cx) { return s3::account_block_key(cx.caller().partition, cx.caller().account.str()); }
}  // namespace

Result<void> GetPublicAccessBlock(Context& cx, const svc::GetPublicAccessBlockRequest& in, svc::GetPublicAccessBlockOutput& out) {
  std::optional<s3::PublicAccessBlock> block;
  cx.read([&](store::Reader& reader) { block = reader.get_as<s3::PublicAccessBlock>(key_of(cx)); });
  if (!block) {
    return fail(ApiError("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found", 404)
                    .with("AccountId", std::string(in.AccountId.view())));
  }
  auto& c = cx.make(out.PublicAccessBlockConfiguration);
  c.BlockPublicAcls = block->block_acls;
  c.IgnorePublicAcls = block->ignore_acls;
  c.BlockPublicPolicy = block->block_policy;
  c.RestrictPublicBuckets = block->restrict_buckets;
  return {};
}

Result<void> PutPublicAccessBlock(Context& cx, const svc::PutPublicAccessBlockRequest& in, svc::PutPublicAccessBlockOutput&) {
  const auto* c = in.PublicAccessBlockConfiguration.ptr;
  if (!c || (!c->BlockPublicAcls && !c->IgnorePublicAcls && !c->BlockPublicPolicy && !c->RestrictPublicBuckets))
    return fail("InvalidRequest", "Must specify at least one configuration.");
  return cx.write([&](store::Txn& tx) -> Result<void> {
    tx.put_record(key_of(cx), s3::PublicAccessBlock{c->BlockPublicAcls.value_or(false), c->IgnorePublicAcls.value_or(false),
                                                    c->BlockPublicPolicy.value_or(false), c->RestrictPublicBuckets.value_or(false), {}});
    return {};
  });
}

Result<void> DeletePublicAccessBlock(Context& cx, const svc::DeletePublicAccessBlockRequest&, svc::DeletePublicAccessBlockOutput&) {
  cx.set_status(204);
  return cx.write([&](store::Txn& tx) -> Result<void> {
    tx.erase(key_of(cx));
    return {};
  });
}

}  // namespace fogbank::s3control
