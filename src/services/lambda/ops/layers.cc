// Layers: https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html
#include <algorithm>

#include "base/encoding.h"
#include "base/strings.h"
#include "gen/lambda/operations.h"
#include "services/lambda/answers.h"
#include "services/lambda/code_source.h"
#include "services/lambda/errors.h"
#include "services/lambda/functions.h"
#include "services/lambda/packages.h"
#include "services/lambda/runtimes.h"

namespace fogbank::lambda {
namespace {

/// "[a, b]"
std::string shown_list(const List<Str>& list) {
  std::string out = "[";
  for (Str s : list) append(out, out.size() > 1 ? ", " : "", s.view());
  return out + "]";
}

bool known_architecture(std::string_view a) { return a == "x86_64" || a == "arm64"; }

constexpr std::string_view kArchitectures = "Member must satisfy enum value set: [x86_64, arm64]";

Result<void> check_compatibility(const svc::PublishLayerVersionRequest& in) {
  std::vector<std::string> faults;
  bool runtimes = std::all_of(in.CompatibleRuntimes.begin(), in.CompatibleRuntimes.end(), [](Str r) { return known_runtime(r); });
  if (!runtimes) {
    faults.push_back(cat("Value '", shown_list(in.CompatibleRuntimes), "' at 'compatibleRuntimes' failed to satisfy constraint: Member must satisfy enum value set: ",
                         creatable_runtimes()));
  }
  bool architectures = std::all_of(in.CompatibleArchitectures.begin(), in.CompatibleArchitectures.end(), [](Str a) { return known_architecture(a); });
  if (!architectures) {
    faults.push_back(cat("Value '", shown_list(in.CompatibleArchitectures), "' at 'compatibleArchitectures' failed to satisfy constraint: Member must satisfy constraint: [",
                         kArchitectures, ", Member must not be null]"));
  }
  if (faults.empty()) return {};
  std::string text = cat(faults.size(), faults.size() == 1 ? " validation error detected: " : " validation errors detected: ", faults[0]);
  if (faults.size() > 1) append(text, "; ", faults[1]);
  return fail("ValidationException", std::move(text));
}

template <class Out> void show_summary(Context& cx, const LayerRef& ref, const LayerVersion& v, Out& out) {
  out.LayerVersionArn = cx.str(cat(layer_arn(ref.scope, ref.name), ':', v.number));
  out.Version = v.number;
  out.CreatedDate = cx.str(lambda_time(v.created));
  if (v.has_description) out.Description = cx.str(v.description);
  if (v.has_license) out.LicenseInfo = cx.str(v.license);
  if (v.has_runtimes) for (const auto& r : v.runtimes) out.CompatibleRuntimes.push(cx.arena(), cx.str(r));
  if (v.has_runtimes) out.CompatibleRuntimes.reserve(cx.arena(), 0);
  if (v.has_architectures) for (const auto& a : v.architectures) out.CompatibleArchitectures.push(cx.arena(), cx.str(a));
}

template <class Out> void show_whole(Context& cx, const LayerRef& ref, const LayerVersion& v, Out& out) {
  show_summary(cx, ref, v, out);
  out.LayerArn = cx.str(layer_arn(ref.scope, ref.name));
  auto& content = cx.make(out.Content);
  content.CodeSha256 = cx.str(base64(unhex(v.code).value_or("")));
  content.CodeSize = v.size;
  content.Location = cx.str(package_url(cx, ref.scope.account.str(), v.code));
}

ApiError no_such_version(const LayerRef& ref, int64_t number) { return not_found(cat("Layer version ", layer_arn(ref.scope, ref.name), ':', number, " does not exist.")); }

Result<LayerVersion> load_version(Context& cx, const LayerRef& ref, int64_t number) {
  if (number < 1) return fail(invalid_parameter("Layer Version Cannot be less than 1"));
  std::optional<LayerVersion> v;
  cx.read([&](store::Reader& reader) { v = reader.get_as<LayerVersion>(layer_version_key(ref.scope, ref.name, number)); });
  if (!v) return fail(resource_missing());
  return *v;
}

bool compatible(const LayerVersion& v, Str runtime, Str architecture) {
  auto has = [](const std::vector<std::string>& list, Str one) { return std::find(list.begin(), list.end(), one.view()) != list.end(); };
  return (!runtime || has(v.runtimes, runtime)) && (!architecture || has(v.architectures, architecture));
}

Result<void> check_filters(Str runtime, Str architecture) {
  if (runtime && !filter_runtime(runtime))
    return fail(validation(cat("Value '", runtime.view(), "' at 'compatibleRuntime' failed to satisfy constraint: Member must satisfy enum value set: ", filter_runtimes())));
  if (architecture && !known_architecture(architecture))
    return fail(validation(cat("Value '", architecture.view(), "' at 'compatibleArchitecture' failed to satisfy constraint: ", kArchitectures)));
  return {};
}

}  // namespace

Result<void> PublishLayerVersion(Context& cx, const svc::PublishLayerVersionRequest& in, svc::PublishLayerVersionResponse& out) {
  FB_TRY(check_compatibility(in));
  LayerRef ref = layer_ref(in.LayerName, cx.caller());
  if (!in.Content) return fail(invalid_parameter("Please provide a source for the layer's content."));
  FB_ASSIGN(bytes, fetch_code(cx, in.Content->ZipFile, in.Content->S3Bucket, in.Content->S3Key, in.Content->S3ObjectVersion));
  FB_ASSIGN(package, cx.state<State>().code.receive(ref.scope, bytes));
  LayerVersion v;
  v.description = in.Description.view();
  v.has_description = true;
  v.license = in.LicenseInfo.view();
  v.has_license = in.LicenseInfo.has();
  v.has_runtimes = in.CompatibleRuntimes.has();
  v.has_architectures = in.CompatibleArchitectures.has();
  for (Str r : in.CompatibleRuntimes) v.runtimes.emplace_back(r);
  for (Str a : in.CompatibleArchitectures) v.architectures.emplace_back(a);
  v.code = package.sha;
  v.size = package.size;
  v.created = cx.now();
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    Layer layer = tx.get_as<Layer>(layer_key(ref.scope, ref.name)).value_or(Layer{});
    v.number = ++layer.last;
    hold_code(tx, ref.scope, package);
    tx.put_record(layer_key(ref.scope, ref.name), layer);
    tx.put_record(layer_version_key(ref.scope, ref.name, v.number), v);
    change_usage(tx, ref.scope, [&](Usage& u) { u.code_bytes += v.size; });
    return {};
  }));
  show_whole(cx, ref, v, out);
  return {};
}

Result<void> GetLayerVersion(Context& cx, const svc::GetLayerVersionRequest& in, svc::GetLayerVersionResponse& out) {
  LayerRef ref = layer_ref(in.LayerName, cx.caller());
  FB_ASSIGN(v, load_version(cx, ref, *in.VersionNumber));
  show_whole(cx, ref, v, out);
  return {};
}

Result<void> GetLayerVersionByArn(Context& cx, const svc::GetLayerVersionByArnRequest& in, svc::GetLayerVersionResponse& out) {
  auto ref = parse_layer_arn(in.Arn);
  if (!ref) return fail(resource_missing());
  FB_ASSIGN(v, load_version(cx, *ref, ref->version));
  show_whole(cx, *ref, v, out);
  return {};
}

Result<void> DeleteLayerVersion(Context& cx, const svc::DeleteLayerVersionRequest& in, svc::DeleteLayerVersionOutput&) {
  LayerRef ref = layer_ref(in.LayerName, cx.caller());
  int64_t number = *in.VersionNumber;
  if (number < 1) return fail(invalid_parameter("Layer Version Cannot be less than 1"));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    auto v = tx.get_as<LayerVersion>(layer_version_key(ref.scope, ref.name, number));
    if (!v) return {};
    tx.erase(layer_version_key(ref.scope, ref.name, number));
    tx.erase(layer_policy_key(ref.scope, ref.name, number));
    release_code(tx, ref.scope, ref.scope.account.str(), v->code, cx.now());
    change_usage(tx, ref.scope, [&](Usage& u) { u.code_bytes -= v->size; });
    return {};
  });
}

Result<void> ListLayers(Context& cx, const svc::ListLayersRequest& in, svc::ListLayersResponse& out) {
  FB_TRY(check_filters(in.CompatibleRuntime, in.CompatibleArchitecture));
  FB_ASSIGN(page, page_of(in.Marker, in.MaxItems));
  std::string marker;
  out.Layers.reserve(cx.arena(), 0);
  cx.read([&](store::Reader& reader) {
    marker = scan_page(reader, store::key(cx.scope(), kLayers), page, [&](std::string_view key, std::string_view) {
      LayerRef ref{cx.scope(), store::key_parts(key)[0], 0};
      std::optional<LayerVersion> newest;
      store::Key prefix = store::key(cx.scope(), kLayerVersions, ref.name);
      reader.scan(prefix, prefix.after_prefix(), store::Order::descending, [&](std::string_view, std::string_view bytes, store::Version) {
        auto v = decode<LayerVersion>(bytes);
        if (v && compatible(*v, in.CompatibleRuntime, in.CompatibleArchitecture)) newest = std::move(v);
        return !newest;
      });
      if (!newest) return false;
      auto& item = out.Layers.add(cx.arena());
      item.LayerName = cx.str(ref.name);
      item.LayerArn = cx.str(layer_arn(ref.scope, ref.name));
      show_summary(cx, ref, *newest, cx.make(item.LatestMatchingVersion));
      return true;
    });
  });
  if (!marker.empty()) out.NextMarker = cx.str(marker);
  return {};
}

Result<void> ListLayerVersions(Context& cx, const svc::ListLayerVersionsRequest& in, svc::ListLayerVersionsResponse& out) {
  FB_TRY(check_filters(in.CompatibleRuntime, in.CompatibleArchitecture));
  LayerRef ref = layer_ref(in.LayerName, cx.scope());
  FB_ASSIGN(page, page_of(in.Marker, in.MaxItems));
  // Newest first: the marker is the number behind which it goes on.
  int64_t before = INT64_MAX;
  if (in.Marker && !in.Marker.empty()) before = parse_int(page.after).value_or(INT64_MAX);
  std::string marker;
  out.LayerVersions.reserve(cx.arena(), 0);
  cx.read([&](store::Reader& reader) {
    store::Key prefix = store::key(ref.scope, kLayerVersions, ref.name);
    size_t taken = 0;
    int64_t last = 0;
    reader.scan(prefix, prefix.after_prefix(), store::Order::descending, [&](std::string_view, std::string_view bytes, store::Version) {
      auto v = decode<LayerVersion>(bytes);
      if (!v || v->number >= before || !compatible(*v, in.CompatibleRuntime, in.CompatibleArchitecture)) return true;
      if (taken == page.max) {
        marker = base64url(std::to_string(last));
        return false;
      }
      show_summary(cx, ref, *v, out.LayerVersions.add(cx.arena()));
      taken++;
      last = v->number;
      return true;
    });
  });
  if (!marker.empty()) out.NextMarker = cx.str(marker);
  return {};
}

}  // namespace fogbank::lambda
