#include "services/ssm/answers.h"

#include "services/ssm/policies.h"
#include "services/ssm/secrets.h"
#include "services/ssm/secure.h"

namespace fogbank::ssm {

Result<std::shared_ptr<const Selection>> selection_of(Context& cx) {
  auto s = cx.found<Selection>();
  if (!s) throw std::logic_error("the authorise function chose nothing");
  if (s->error) return fail(*s->error);
  return s;
}

Result<Str> value_of(Context& cx, const Chosen& c, bool decrypt) {
  if (c.version.type != Type::secure_string) return cx.str(c.version.value);
  if (!decrypt) return cx.str(ciphertext_text(c.version));
  FB_ASSIGN(plain, open(cx, c.arn, c.version));
  return cx.str(plain.view());
}

Result<void> fill(Context& cx, const Chosen& c, bool decrypt, svc::Parameter& out) {
  if (c.secret) return fill_secret(cx, c, out);
  FB_ASSIGN(value, value_of(cx, c, decrypt));
  out.Value = value;
  out.Name = cx.str(c.name);
  out.Type = name_of(c.version.type);
  out.Version = int64_t(c.version.number);
  if (!c.selector.empty()) out.Selector = cx.str(c.selector);
  out.LastModifiedDate = c.version.modified;
  out.ARN = cx.str(c.arn);
  out.DataType = cx.str(c.version.data_type);
  return {};
}

void fill_policies(Context& cx, const std::vector<std::string>& policies, List<svc::ParameterInlinePolicy>& out) {
  out.reserve(cx.arena(), uint32_t(policies.size()));
  for (const std::string& text : policies) {
    auto& one = out.add(cx.arena());
    one.PolicyText = cx.str(text);
    one.PolicyType = cx.str(policy_type(text));
    one.PolicyStatus = "Pending";   // of an Expiration policy until the parameter is gone; notifications are not sent
  }
}

}  // namespace fogbank::ssm
