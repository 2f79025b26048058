"""Which inputs and units a prediction is due to: saliency, occlusion, Grad-CAM, units."""
