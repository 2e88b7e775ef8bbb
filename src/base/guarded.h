// Guarded<T>: data reachable only through its lock. Never hold the lock across I/O.
#pragma once
#include <mutex>
#include <utility>

namespace fogbank {

template <class T> class Guarded {
 public:
  template <class... A> explicit Guarded(A&&... a) : value_(std::forward<A>(a)...) {}
  class Access {
   public:
    T* operator->() { return value_; }
    T& operator*() { return *value_; }

   private:
    friend class Guarded;
    Access(std::mutex& m, T& v) : lock_(m), value_(&v) {}
    std::unique_lock<std::mutex> lock_;
    T* value_;
  };
  Access lock() { return Access(mutex_, value_); }
  template <class F> auto with(F&& f) {
    std::lock_guard<std::mutex> l(mutex_);
    return f(value_);
  }

 private:
  std::mutex mutex_;
  T value_;
};

}  // namespace fogbank
