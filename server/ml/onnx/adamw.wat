;; Fused AdamW and gradient norm over float32 arrays in one pass each: at the speed of memory, where the same formula as
;; graph nodes takes 11 passes. Pointers and sizes in bytes, 16-byte aligned, sizes multiples of 16.
;; Compile: npx tsx tools/build-wasm.ts (writes the bytes in adamw-wasm-bytes.ts)
(module
  (import "host" "memory" (memory 1 65536 shared))

  (func (export "adamw")
    (param $w i32) (param $g i32) (param $m i32) (param $v i32) (param $bytes i32)
    (param $beta1 f32) (param $rest1 f32) (param $beta2 f32) (param $rest2 f32)
    (param $decay f32) (param $step f32) (param $unbias f32) (param $epsilon f32) (param $scale f32)
    (local $end i32) (local $grad v128) (local $mean v128) (local $square v128)
    (local $b1 v128) (local $r1 v128) (local $b2 v128) (local $r2 v128)
    (local $d v128) (local $s v128) (local $u v128) (local $e v128) (local $k v128)
    (local.set $b1 (f32x4.splat (local.get $beta1)))
    (local.set $r1 (f32x4.splat (local.get $rest1)))
    (local.set $b2 (f32x4.splat (local.get $beta2)))
    (local.set $r2 (f32x4.splat (local.get $rest2)))
    (local.set $d (f32x4.splat (local.get $decay)))
    (local.set $s (f32x4.splat (local.get $step)))
    (local.set $u (f32x4.splat (local.get $unbias)))
    (local.set $e (f32x4.splat (local.get $epsilon)))
    (local.set $k (f32x4.splat (local.get $scale)))
    (local.set $end (i32.add (local.get $w) (local.get $bytes)))
    (if (i32.eqz (local.get $bytes)) (then (return)))
    (loop $next
      ;; g = g k
      (local.set $grad (f32x4.mul (v128.load (local.get $g)) (local.get $k)))
      ;; m = b1 m + (1 - b1) g
      (local.set $mean (f32x4.add
        (f32x4.mul (v128.load (local.get $m)) (local.get $b1))
        (f32x4.mul (local.get $grad) (local.get $r1))))
      (v128.store (local.get $m) (local.get $mean))
      ;; v = b2 v + (1 - b2) g^2
      (local.set $square (f32x4.add
        (f32x4.mul (v128.load (local.get $v)) (local.get $b2))
        (f32x4.mul (f32x4.mul (local.get $grad) (local.get $grad)) (local.get $r2))))
      (v128.store (local.get $v) (local.get $square))
      ;; w = decay w - step m / (sqrt(v) unbias + epsilon)
      (v128.store (local.get $w) (f32x4.sub
        (f32x4.mul (v128.load (local.get $w)) (local.get $d))
        (f32x4.mul (local.get $s) (f32x4.div (local.get $mean)
          (f32x4.add (f32x4.mul (f32x4.sqrt (local.get $square)) (local.get $u)) (local.get $e))))))
      (local.set $g (i32.add (local.get $g) (i32.const 16)))
      (local.set $m (i32.add (local.get $m) (i32.const 16)))
      (local.set $v (i32.add (local.get $v) (i32.const 16)))
      (br_if $next (i32.lt_u (local.tee $w (i32.add (local.get $w) (i32.const 16))) (local.get $end)))))

  ;; e = keep e + rest w: a moving average of the weights
  (func (export "average")
    (param $e i32) (param $w i32) (param $bytes i32) (param $keep f32) (param $rest f32)
    (local $end i32) (local $k v128) (local $r v128)
    (local.set $k (f32x4.splat (local.get $keep)))
    (local.set $r (f32x4.splat (local.get $rest)))
    (local.set $end (i32.add (local.get $e) (local.get $bytes)))
    (if (i32.eqz (local.get $bytes)) (then (return)))
    (loop $next
      (v128.store (local.get $e) (f32x4.add
        (f32x4.mul (v128.load (local.get $e)) (local.get $k))
        (f32x4.mul (v128.load (local.get $w)) (local.get $r))))
      (local.set $w (i32.add (local.get $w) (i32.const 16)))
      (br_if $next (i32.lt_u (local.tee $e (i32.add (local.get $e) (i32.const 16))) (local.get $end)))))

  ;; sum of x^2 in float64, in four interleaved partial sums: (s0 + s2) + (s1 + s3)
  (func (export "sumSquares") (param $x i32) (param $bytes i32) (result f64)
    (local $end i32) (local $low v128) (local $high v128) (local $part v128) (local $four v128)
    (local.set $end (i32.add (local.get $x) (local.get $bytes)))
    (if (i32.eqz (local.get $bytes)) (then (return (f64.const 0))))
    (loop $next
      (local.set $four (v128.load (local.get $x)))
      (local.set $part (f64x2.promote_low_f32x4 (local.get $four)))
      (local.set $low (f64x2.add (local.get $low) (f64x2.mul (local.get $part) (local.get $part))))
      (local.set $part (f64x2.promote_low_f32x4
        (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $four) (local.get $four))))
      (local.set $high (f64x2.add (local.get $high) (f64x2.mul (local.get $part) (local.get $part))))
      (br_if $next (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 16))) (local.get $end))))
    (local.set $low (f64x2.add (local.get $low) (local.get $high)))
    (f64.add (f64x2.extract_lane 0 (local.get $low)) (f64x2.extract_lane 1 (local.get $low)))))
