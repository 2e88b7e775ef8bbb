#include "auth/policy/stored.h"

#include <stdexcept>

#include "base/log.h"
#include "base/strings.h"

namespace fogbank::policy {
namespace {

PolicyPtr constant(std::string_view json, PolicyKind kind) {
  auto p = parse(json, kind);
  if (!p) throw std::logic_error("a policy of the program does not compile");
  return *p;
}

}  // namespace

PolicyPtr deny_everything(PolicyKind kind) {
  constexpr std::string_view kCaller = R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]})";
  constexpr std::string_view kEverybody = R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]})";
  static const PolicyPtr identity = constant(kCaller, PolicyKind::identity);
  static const PolicyPtr scp = constant(kCaller, PolicyKind::scp);
  static const PolicyPtr resource = constant(kEverybody, PolicyKind::resource);
  static const PolicyPtr rcp = constant(kEverybody, PolicyKind::rcp);
  switch (kind) {
    case PolicyKind::resource: return resource;
    case PolicyKind::scp: return scp;
    case PolicyKind::rcp: return rcp;
    default: return identity;
  }
}

PolicyPtr compile_stored(std::string_view json, PolicyKind kind, const CompileOptions& options, std::string_view what) {
  auto p = parse(json, kind, options);
  if (p) return std::move(*p);
  log(LogLevel::error, cat(what, " does not compile and denies everything until it is replaced: fault ", int(p.error().fault), " ", p.error().field));
  return deny_everything(kind);
}

}  // namespace fogbank::policy
