// Range requests and preconditions of GET, HEAD and COPY, as S3 takes RFC 9110. Pure functions, thread-safe.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"

namespace fogbank::s3 {

struct ByteRange { int64_t first = 0, length = 0; };

/// The range that a Range header asks for of `size` bytes. Nothing: the whole object (no header, several ranges, not understood).
/// InvalidRange where no byte of it exists.
Result<std::optional<ByteRange>> read_range(Str header, int64_t size);

struct Preconditions {
  Str if_match, if_none_match;
  Opt<int64_t> if_modified_since{}, if_unmodified_since{};   ///< milliseconds
};
/// A date in the future is as good as none (RFC 9110 13.1.3).
inline Opt<int64_t> not_future(Opt<int64_t> since, Millis now) { return since && *since > now ? Opt<int64_t>{} : since; }
/// Names of the headers for the Condition member of PreconditionFailed.
struct ConditionNames { std::string_view match, none_match, modified, unmodified; };
inline constexpr ConditionNames kReadConditions{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"};
inline constexpr ConditionNames kCopyConditions{"x-amz-copy-source-If-Match", "x-amz-copy-source-If-None-Match",
                                                "x-amz-copy-source-If-Modified-Since", "x-amz-copy-source-If-Unmodified-Since"};

enum class Verdict : uint8_t { proceed, not_modified, failed };
struct ConditionResult { Verdict verdict = Verdict::proceed; std::string_view condition; };

/// RFC 9110 13.2.2: If-Match, else If-Unmodified-Since; then If-None-Match, else If-Modified-Since. Times count in whole seconds.
ConditionResult judge(const Preconditions& p, std::string_view etag, Millis modified, const ConditionNames& names = kReadConditions);

/// Does an If-Match or If-None-Match header name this ETag ("*", or one of a list)?
bool names_etag(std::string_view header, std::string_view etag);

/// If-Match and If-None-Match of a write: what S3 accepts there. `empty` where neither is given.
enum class WriteCondition : uint8_t { none, if_match, if_none_match };
Result<WriteCondition> read_write_condition(Str if_match, Str if_none_match);
/// Judges it against the ETag of the current object (null: there is none).
Result<void> judge_write(WriteCondition condition, Str if_match, const std::string* etag, std::string_view key);

}  // namespace fogbank::s3
