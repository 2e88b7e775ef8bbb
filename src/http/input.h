// Received bytes that nobody has consumed yet. Fresh bytes lie in a buffer shared by all connections of the loop and are only copied
// (keep) if something of them is left when the event is over; so a connection without unconsumed bytes has no buffer.
#pragma once
#include <string>
#include <string_view>

namespace fogbank::http {

class Input {
 public:
  std::string_view view() const { return borrowed_.empty() ? std::string_view(own_).substr(at_) : borrowed_; }
  size_t size() const { return view().size(); }
  bool empty() const { return size() == 0; }
  /// Adds bytes; they must stay valid until keep().
  void offer(std::string_view fresh) {
    if (empty()) borrowed_ = fresh;
    else { keep(); own_.append(fresh); }
  }
  void consume(size_t n) {
    if (borrowed_.empty()) at_ += n;
    else borrowed_.remove_prefix(n);
  }
  /// Copies what is borrowed, and gives back memory that is not needed. Views taken before are invalid afterwards.
  void keep() {
    if (!borrowed_.empty()) {
      own_.assign(borrowed_);
      borrowed_ = {};
      at_ = 0;
    } else if (at_ == own_.size()) {
      if (own_.capacity() > 64) std::string().swap(own_);
      else own_.clear();
      at_ = 0;
    } else if (at_ > own_.size() / 2) {
      own_.erase(0, at_);
      at_ = 0;
    }
  }

 private:
  std::string own_;
  size_t at_ = 0;
  std::string_view borrowed_;
};

}  // namespace fogbank::http
