// An HTML form upload: fields and file of a multipart/form-data body (RFC 7578), and the policy document that limits what they may be.
// Source: S3 API reference, "POST Object", "Creating a POST policy". Pure but for find_file_end, which reads through a function.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace fogbank::s3 {

inline constexpr size_t kMaxFormHead = 64 << 10;     ///< of a body: what is read to find the fields
inline constexpr size_t kMaxFormFields = 20 << 10;   ///< bytes of fields before the file

struct FormField { std::string name, value; };       ///< the name in lower case

struct FormHead {
  std::vector<FormField> fields;                     ///< in order, but for the file
  std::optional<std::string> filename;               ///< of the file, if the form gave one
  int64_t file_begins = 0;                           ///< where in the body
  const std::string* find(std::string_view lower_name) const;
  std::string_view text(std::string_view lower_name) const;
};

/// boundary= of a Content-Type; an error if it is no multipart/form-data.
Result<std::string> form_boundary(std::string_view content_type);
/// Reads the beginning of a body (at most kMaxFormHead bytes) up to where its file begins. `whole`: that is all there is.
Result<FormHead> read_form_head(std::string_view body, std::string_view boundary, bool whole);

/// Finds the delimiter behind a file that is fed in pieces.
class FileEnd {
 public:
  explicit FileEnd(std::string_view boundary) : delimiter_("\r\n--" + std::string(boundary)) {}
  /// True once the delimiter was seen; `length` is then the file's.
  bool feed(std::string_view piece);
  int64_t length() const { return length_; }

 private:
  std::string delimiter_, held_;
  int64_t length_ = 0;
};

/// One condition of a POST policy.
struct PolicyCondition {
  enum class Kind { eq, starts_with, length } kind;
  std::string name, value;                           ///< as written, with its "$"; of a length: the two bounds
};
struct PostPolicy {
  Millis expiration = 0;
  std::vector<PolicyCondition> conditions;
};
/// The JSON text. "InvalidPolicyDocument" with S3's words.
Result<PostPolicy> read_post_policy(std::string_view json);
/// Everything but the file's length; `fields` with bucket and key as they are used. Fields that no condition names are refused.
Result<void> check_post_policy(const PostPolicy& policy, const std::vector<FormField>& fields, Millis now);
Result<void> check_post_length(const PostPolicy& policy, int64_t length);

}  // namespace fogbank::s3
