// Fuzz target: any bytes as a document of every kind; what compiles is then asked for decisions, with the bytes as resource and values.
#include <cstdlib>

#include "auth/policy/denial.h"
#include "auth/policy/evaluate.h"

using namespace fogbank::policy;

namespace {

/// Answers every key with the input itself, so that variables and conditions see hostile values.
class HostileKeys : public Keys {
 public:
  explicit HostileKeys(std::string_view text) : text_(text.substr(0, 256)) {}
  bool find(std::string_view key, Values& out) const override {
    if (key.size() % 3 == 0) return false;
    out.add(text_);
    if (key.size() % 3 == 1) out.add_owned(text_);
    return true;
  }

 private:
  std::string_view text_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  static const Principal caller = Principal::role_session("arn:aws:iam::111111111111:role/r", "AROAEXAMPLEEXAMPLE", "s");
  static const Action action("s3:GetObject");
  HostileKeys keys(text);
  for (PolicyKind kind : {PolicyKind::identity, PolicyKind::boundary, PolicyKind::session, PolicyKind::resource, PolicyKind::trust, PolicyKind::scp, PolicyKind::rcp}) {
    auto policy = compile(text, kind);
    if (!policy) {
      if (policy.error().message.empty() || policy.error().code.empty()) std::abort();
      continue;
    }
    (void)is_public(**policy);
    (void)principals_of(**policy);
    Attached attached{*policy, "p"};
    Level level{{&attached, 1}, "l"};
    Input in;
    in.request = {&caller, &action, text.substr(0, 300), "111111111111", &keys, false};
    if (kind == PolicyKind::identity) in.identity = {&attached, 1};
    if (kind == PolicyKind::boundary) in.boundary = &attached;
    if (kind == PolicyKind::session) in.session = {&attached, 1};
    if (kind == PolicyKind::resource || kind == PolicyKind::trust) in.resource = {&attached, 1};
    if (kind == PolicyKind::scp) in.scps = {&level, 1};
    if (kind == PolicyKind::rcp) in.rcps = {&level, 1};
    Decision d = evaluate(in);
    std::vector<Match> all;
    if (evaluate(in, &all).outcome != d.outcome) std::abort();
    if (!d.allowed() && denial_text(in.request, d).empty()) std::abort();
  }
  return 0;
}
