// Result and ApiError: how an operation answers "no".
//
// An expected failure (not found, denied, throttled, condition failed) is a value of type ApiError with the real service's code and
// text. Exceptions are for bugs and exhausted resources; the gateway catches them once and answers InternalFailure.
#pragma once
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace fogbank {

struct ApiError {
  std::string code;      ///< as on the wire, without the protocol's decoration: "NoSuchBucket"
  std::string message;   ///< the text that a user reads
  int status = 400;      ///< HTTP status
  bool sender = true;    ///< fault: the caller's, or ours
  std::string query_code;  ///< code for query-compatible services (AWS.SimpleQueueService.NonExistentQueue); empty: same as code
  std::vector<std::pair<std::string, std::string>> members;  ///< further members of the error answer, in order: {"BucketName", "b"}
  std::string detail;    ///< for the log only; never sent

  ApiError() = default;
  ApiError(std::string c, std::string m, int s = 400) : code(std::move(c)), message(std::move(m)), status(s), sender(s < 500) {}
  ApiError&& with(std::string name, std::string value) && { members.emplace_back(std::move(name), std::move(value)); return std::move(*this); }
};

template <class T> using Result = tl::expected<T, ApiError>;

inline tl::unexpected<ApiError> fail(ApiError e) { return tl::unexpected<ApiError>(std::move(e)); }
inline tl::unexpected<ApiError> fail(std::string code, std::string message, int status = 400) {
  return tl::unexpected<ApiError>(ApiError(std::move(code), std::move(message), status));
}

// FB_TRY(expr): leave the function with the error of a Result<void>.
// FB_ASSIGN(var, expr): declare var as the value of a Result, or leave with its error.
#define FB_CONCAT2(a, b) a##b
#define FB_CONCAT(a, b) FB_CONCAT2(a, b)
#define FB_TRY(expr)                                               \
  do {                                                             \
    if (auto FB_CONCAT(fb_r_, __LINE__) = (expr); !FB_CONCAT(fb_r_, __LINE__)) return ::fogbank::fail(std::move(FB_CONCAT(fb_r_, __LINE__).error())); \
  } while (0)
#define FB_ASSIGN(var, expr)                                       \
  auto FB_CONCAT(fb_r_, __LINE__) = (expr);                        \
  if (!FB_CONCAT(fb_r_, __LINE__)) return ::fogbank::fail(std::move(FB_CONCAT(fb_r_, __LINE__).error())); \
  auto var = std::move(*FB_CONCAT(fb_r_, __LINE__))

}  // namespace fogbank
