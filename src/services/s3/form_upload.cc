#include "services/s3/form_upload.h"

#include <algorithm>

#include "base/strings.h"
#include "services/s3/errors.h"

namespace fogbank::s3 {
namespace {

ApiError malformed_post() {
  return ApiError("MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.", 400);
}
ApiError fields_too_large() {
  return ApiError("MaxPostPreDataLengthExceeded", "Your POST request fields preceding the upload file were too large.", 400)
      .with("MaxPostPreDataLengthInBytes", cat(kMaxFormFields));
}

/// A parameter of a header value: name="file" or name=file.
std::optional<std::string> parameter(std::string_view header, std::string_view wanted) {
  size_t at = header.find(';');
  while (at != std::string_view::npos) {
    header = trim(header.substr(at + 1));
    size_t equals = header.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    std::string_view name = trim(header.substr(0, equals));
    header.remove_prefix(equals + 1);
    std::string value;
    if (header.starts_with('"')) {
      size_t i = 1;
      for (; i < header.size() && header[i] != '"'; i++) {
        if (header[i] == '\\' && i + 1 < header.size() && (header[i + 1] == '"' || header[i + 1] == '\\')) i++;
        value += header[i];
      }
      header.remove_prefix(std::min(i + 1, header.size()));
    } else {
      value = trim(header.substr(0, header.find(';')));
    }
    if (iequals(name, wanted)) return value;
    at = header.find(';');
  }
  return std::nullopt;
}

struct PartHead { std::string name; std::optional<std::string> filename; size_t body = 0; };

/// The header lines of a part, from `at`.
std::optional<PartHead> read_part_head(std::string_view text, size_t at) {
  PartHead out;
  bool found = false;
  while (true) {
    size_t end = text.find("\r\n", at);
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view line = text.substr(at, end - at);
    at = end + 2;
    if (line.empty()) break;
    if (!starts_with_i(line, "content-disposition:")) continue;
    auto name = parameter(line, "name");
    if (!name) return std::nullopt;
    found = true;
    out.name = lower(*name);
    out.filename = parameter(line, "filename");
  }
  out.body = at;
  if (!found) return std::nullopt;
  return out;
}

}  // namespace

const std::string* FormHead::find(std::string_view name) const {
  for (const FormField& f : fields) if (f.name == name) return &f.value;
  return nullptr;
}
std::string_view FormHead::text(std::string_view name) const {
  const std::string* value = find(name);
  return value ? std::string_view(*value) : std::string_view();
}

Result<std::string> form_boundary(std::string_view content_type) {
  if (!starts_with_i(trim(content_type), "multipart/form-data"))
    return fail(precondition_failed("Bucket POST must be of the enclosure-type multipart/form-data"));
  auto boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > 200) return fail(malformed_post());
  return *boundary;
}

Result<FormHead> read_form_head(std::string_view body, std::string_view boundary, bool whole) {
  FormHead out;
  std::string open = cat("--", boundary), between = cat("\r\n--", boundary);
  size_t at = body.starts_with(open) ? 0 : body.find(between);   // a preamble is allowed and means nothing
  if (at == std::string_view::npos) return fail(malformed_post());
  at += body.starts_with(open) ? open.size() : between.size();
  size_t bytes = 0;
  auto unfinished = [&] { return whole ? malformed_post() : fields_too_large(); };
  while (true) {
    if (body.substr(at, 2) == "--") return fail(invalid_argument("POST requires exactly one file upload per request.", "file", "0"));
    if (body.substr(at, 2) != "\r\n") return fail(unfinished());
    auto head = read_part_head(body, at + 2);
    if (!head) return fail(unfinished());
    if (head->name == "file") {
      out.filename = std::move(head->filename);
      out.file_begins = int64_t(head->body);
      return out;
    }
    // An empty value ends where it begins: the delimiter may follow at once.
    size_t end = body.find(between, head->body >= 2 ? head->body - 2 : head->body);
    if (end == std::string_view::npos) return fail(unfinished());
    std::string_view value = end < head->body ? std::string_view() : body.substr(head->body, end - head->body);
    bytes += head->name.size() + value.size();
    if (bytes > kMaxFormFields) return fail(fields_too_large());
    out.fields.push_back({std::move(head->name), std::string(value)});
    at = end + between.size();
  }
}

bool FileEnd::feed(std::string_view piece) {
  // What could be the beginning of the delimiter is held back until more is seen.
  std::string joined;
  std::string_view text = piece;
  if (!held_.empty()) {
    size_t take = std::min(piece.size(), delimiter_.size());
    joined = held_ + std::string(piece.substr(0, take));
    if (size_t at = joined.find(delimiter_); at != std::string::npos) {
      length_ += int64_t(at);
      return true;
    }
    if (take == piece.size()) {
      size_t keep = std::min(joined.size(), delimiter_.size() - 1);
      length_ += int64_t(joined.size() - keep);
      held_ = joined.substr(joined.size() - keep);
      return false;
    }
    length_ += int64_t(held_.size());
    held_.clear();
  }
  if (size_t at = text.find(delimiter_); at != std::string_view::npos) {
    length_ += int64_t(at);
    return true;
  }
  size_t keep = std::min(text.size(), delimiter_.size() - 1);
  length_ += int64_t(text.size() - keep);
  held_ = text.substr(text.size() - keep);
  return false;
}

}  // namespace fogbank::s3
