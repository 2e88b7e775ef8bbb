// Website configurations: what they may be, and where their rules send a request. Pure.
// Source: S3 User Guide, "Hosting a static website using Amazon S3".
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "gen/s3/types.h"

namespace fogbank::s3 {

Result<void> check_website(const svc::WebsiteConfiguration& website);

/// A redirection: its status and its Location.
struct Redirection { int status = 301; std::string location; };
/// Where a request was made, for redirections that change less than everything.
struct SiteRequest { std::string_view scheme, host, key, query; };

/// The first routing rule for a key, before (`error` 0) or after an error of that status.
std::optional<Redirection> routed(const svc::WebsiteConfiguration& website, const SiteRequest& request, int error);
Redirection redirect_all(const svc::RedirectAllRequestsTo& to, const SiteRequest& request);

/// The HTML page of an error. `document`: what went wrong with the error document, if that was tried.
std::string error_page(const ApiError& error, std::string_view request_id, std::string_view host_id, const ApiError* document);
std::string_view status_text(int status);

}  // namespace fogbank::s3
