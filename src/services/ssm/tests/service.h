// For tests of the operations: a server over one of the stores with a clock of its own, and short ways to call.
#pragma once
#include <doctest/doctest.h>

#include <string>

#include "base/strings.h"
#include "gateway/testing.h"
#include "gen/ssm/operations.h"
#include "services/ssm/state.h"

namespace fogbank::ssm {

struct Service {
  testing::TestCore t;
  std::string error;   ///< of the last call: "code: message", or ""

  explicit Service(bool hostile, uint64_t seed = 1) : t(hostile, seed) { t.core().clock().freeze(); }

  Str str(std::string_view s) { return Str(t.arena().copy(s)); }
  void advance(Millis ms) { t.core().clock().advance_to(t.core().now() + ms); }
  template <class Op> const typename Op::Output* call(const typename Op::Input& in) {
    auto r = t.call<Op>(in);
    error = r ? "" : cat(r.error().code, ": ", r.error().message);
    return r ? *r : nullptr;
  }

  svc::PutParameterRequest request(std::string_view name, std::string_view value, const char* type = "String") {
    svc::PutParameterRequest in{};
    in.Name = str(name);
    in.Value = str(value);
    in.Type = Str(type);
    return in;
  }
  /// The version, or 0.
  int64_t put(std::string_view name, std::string_view value, bool overwrite = true) {
    auto in = request(name, value);
    in.Overwrite = overwrite;
    return put(in);
  }
  int64_t put(const svc::PutParameterRequest& in) {
    auto* out = call<op::PutParameter>(in);
    return out ? *out->Version : 0;
  }
  /// The value; "" and `error` if there is none.
  std::string get(std::string_view name, bool decrypt = false) {
    svc::GetParameterRequest in{};
    in.Name = str(name);
    in.WithDecryption = decrypt;
    auto* out = call<op::GetParameter>(in);
    return out ? std::string(out->Parameter->Value) : std::string();
  }
  bool label(std::string_view name, int64_t version, std::string_view label) {
    svc::LabelParameterVersionRequest in{};
    in.Name = str(name);
    in.ParameterVersion = version;
    in.Labels.push(t.arena(), str(label));
    return call<op::LabelParameterVersion>(in);
  }
  bool remove(std::string_view name) {
    svc::DeleteParameterRequest in{};
    in.Name = str(name);
    return call<op::DeleteParameter>(in);
  }
  /// Records of a table in the scope.
  size_t records(const store::Table& table) {
    size_t n = 0;
    t.store().read([&](store::Reader& r) {
      n = 0;
      r.scan_prefix(store::key(t.scope(), table), [&](auto, auto, auto) { n++; return true; });
    });
    return n;
  }
};

}  // namespace fogbank::ssm
