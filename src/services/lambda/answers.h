// What answers show of records.
#pragma once
#include <functional>

#include "gateway/context.h"
#include "gen/lambda/types.h"
#include "services/lambda/names.h"
#include "services/lambda/state.h"

namespace fogbank::lambda {

/// "2026-11-23T06:25:01.123+0000"
std::string lambda_time(Millis t);
/// `qualifier`: shown in the ARN ("" for the function itself).
void show_version(Context& cx, const Scope& scope, std::string_view name, std::string_view qualifier, const Version& v, svc::FunctionConfiguration& out);
/// Lists (ListFunctions, ListVersionsByFunction) and updates leave states out.
enum class Shown : uint8_t { all, listed };
void show_version(Context& cx, const Scope& scope, std::string_view name, std::string_view qualifier, const Version& v, svc::FunctionConfiguration& out,
                  Shown what);
void show_alias(Context& cx, const Scope& scope, std::string_view function, const Alias& alias, svc::AliasConfiguration& out);

/// One page of a listing: `Marker` in, `NextMarker` out. Keys are bytes of the store after a prefix, in base64 as markers.
struct Page {
  size_t max = 50;
  std::string after;                       ///< encoded key to go on after; empty: from the beginning
};
Result<Page> page_of(Str marker, Opt<int32_t> max_items, size_t most = 50);
/// Visits records below `prefix` until `visit` has taken `page.max`; answers the marker for the rest, or "".
std::string scan_page(store::Reader& reader, const store::Key& prefix, const Page& page,
                      const std::function<bool(std::string_view key, std::string_view bytes)>& visit);

}  // namespace fogbank::lambda
