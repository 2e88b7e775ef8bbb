#include "services/s3/copy_source.h"

#include "base/encoding.h"
#include "base/strings.h"
#include "services/s3/errors.h"

namespace fogbank::s3 {

Result<CopySource> read_copy_source(std::string_view header) {
  std::string_view text = header;
  CopySource out;
  // The query mark is literal; one that belongs to the key is written %3F.
  if (size_t at = text.rfind("?versionId="); at != std::string_view::npos) {
    out.has_version = true;
    out.version_id = percent_decode(text.substr(at + 11));
    text = text.substr(0, at);
  }
  std::string path = percent_decode(text);
  if (path.starts_with("/")) path.erase(0, 1);
  if (path.starts_with("arn:")) return fail(not_implemented("A copy source that is an access point or another ARN"));
  size_t slash = path.find('/');
  if (slash == 0 || slash == std::string::npos || slash + 1 == path.size())
    return fail(invalid_argument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey", "x-amz-copy-source", header));
  out.bucket = path.substr(0, slash);
  out.key = path.substr(slash + 1);
  return out;
}

}  // namespace fogbank::s3
