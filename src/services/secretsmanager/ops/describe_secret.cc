// DescribeSecret, ListSecrets: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
#include <algorithm>

#include "gateway/context.h"
#include "gen/secretsmanager/operations.h"
#include "services/secretsmanager/errors.h"
#include "services/secretsmanager/pages.h"
#include "services/secretsmanager/resolve.h"
#include "services/secretsmanager/tags.h"

namespace fogbank::secretsmanager {
namespace {

/// What is shown of a rotation, also of one that is cancelled. AutomaticallyAfterDays of a schedule is the time to the next window.
template <class Out> void fill_rotation(Context& cx, const RotationSettings& r, Out& out) {
  if (r.function.empty()) return;
  out.RotationEnabled = r.enabled;
  out.RotationLambdaARN = cx.str(r.function);
  if (r.last) out.LastRotatedDate = r.last;
  if (r.enabled && r.next) out.NextRotationDate = r.next;
  if (!r.days && r.schedule.empty()) return;
  auto& rules = cx.make(out.RotationRules);
  if (r.days) rules.AutomaticallyAfterDays = r.days;
  else if (r.last && r.next > r.last) rules.AutomaticallyAfterDays = std::max<int64_t>(1, (r.next - r.last) / kDay);
  if (!r.schedule.empty()) rules.ScheduleExpression = cx.str(r.schedule);
  if (!r.duration.empty()) rules.Duration = cx.str(r.duration);
}

/// The members that DescribeSecretResponse and SecretListEntry share; their maps of versions differ in name.
template <class Out> void fill(Context& cx, const Scope& scope, const StoredSecret& s, Out& out, Map<List<Str>>& stages) {
  out.ARN = cx.str(secret_arn(scope, s));
  out.Name = cx.str(s.name);
  if (!s.description.empty()) out.Description = cx.str(s.description);
  if (!s.kms_key.empty()) out.KmsKeyId = cx.str(s.kms_key);
  out.CreatedDate = s.created;
  out.LastChangedDate = s.changed;
  if (s.accessed) out.LastAccessedDate = s.accessed;
  if (s.deletion_at) out.DeletedDate = s.deletion_at;
  fill_rotation(cx, s.rotation, out);
  if (s.tagged) fill_tags(cx.arena(), s.tags, out.Tags);
  std::map<std::string, std::vector<std::string>> labels;
  for (const auto& [label, id] : s.stages) labels[id].push_back(label);
  for (const auto& [id, names] : labels) {
    List<Str>& list = stages.add(cx.arena(), cx.str(id));
    for (const std::string& name : names) list.push(cx.arena(), cx.str(name));
  }
}

}  // namespace

Result<void> DescribeSecret(Context& cx, const svc::DescribeSecretRequest&, svc::DescribeSecretResponse& out) {
  auto target = target_of(cx);
  if (!target->named.secret) return fail(secret_not_found());
  fill(cx, target->named.scope, *target->named.secret, out, out.VersionIdsToStages);
  return {};
}

Result<void> ListSecrets(Context& cx, const svc::ListSecretsRequest& in, svc::ListSecretsResponse& out) {
  Result<SecretPage> page;
  PageQuery query{&in.Filters, in.NextToken, in.SortBy, in.SortOrder, size_t(in.MaxResults.value_or(kPageSize)), in.IncludePlannedDeletion.value_or(false)};
  cx.read([&](store::Reader& reader) { page = list_page(reader, cx.scope(), query); });
  if (!page) return fail(std::move(page.error()));
  out.SecretList.reserve(cx.arena(), 0);
  for (const StoredSecret& s : page->secrets) {
    auto& entry = out.SecretList.add(cx.arena());
    fill(cx, cx.scope(), s, entry, entry.SecretVersionsToStages);
  }
  if (!page->next_token.empty()) out.NextToken = cx.str(page->next_token);
  return {};
}

}  // namespace fogbank::secretsmanager
